plugin reader
printf 'one\ntwo\nthree\n' >lines
program
