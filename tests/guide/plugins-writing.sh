mkdir in in/other
for name in lookup greeter visits tools texts store; do
    plugin $name
    mv $name.so in/
done
for version in 1 2; do
    sed "s/VERSION/\"$version.0.0\"/" counter.c >counter$version.c
    plugin counter$version
done
c++ -std=c++17 -Wall -Wextra -Werror -Wno-unused-function -shared -fPIC -fvisibility=hidden greeter.cpp -o greeter-cpp.so $(pkg-config --cflags libvm)
program
