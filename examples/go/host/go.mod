module host

go 1.21

require libvm v0.0.0

replace libvm => ../../../bindings/go
