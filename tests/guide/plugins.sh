# The page shows the plug-in of the README, without what libvm installs elsewhere.
cp plug-ins.c calc.c
rm calc.so
CPATH="$PREFIX/include" sh -e plug-ins.sh
program
