module buildfleet.dev/toolchain/keda

go 1.26.0

// Held for the CRDs in config/crd/bases of the module's directory. No Go code of it is built, so nothing imports it:
// `go mod tidy` would drop the line, and go.sum needs no sums but the module's own.
require github.com/kedacore/keda/v2 v2.19.0
