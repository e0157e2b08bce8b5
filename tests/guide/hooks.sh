plugin check
plugin scan
program >printed
grep -q "^550 who are you?$" printed
