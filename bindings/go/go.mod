module libvm

go 1.21
