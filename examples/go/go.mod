module libvm-examples

go 1.21
