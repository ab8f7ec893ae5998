GO ?= go
BIN := bin
# The race detector needs cgo, and cgo needs a C compiler.
ifneq ($(shell CGO_ENABLED=1 $(GO) env CGO_ENABLED),1)
  RACE :=
else ifeq ($(shell command -v $$($(GO) env CC) 2>/dev/null),)
  RACE :=
else
  RACE := -race
endif
# INLINED are the packages that lists and streams pass through. The release compiles all others
# without inlining, and aligns functions to 8 bytes instead of 32. docs/performance.md has what that
# saves.
INLINED := runtime/... internal/... sync/... bytes strings bufio io/... unicode/... strconv slices maps \
  sort math/... hash/... compress/... reflect errors context archive/tar crypto/internal/... crypto/tls \
  net/http/... github.com/go-json-experiment/... ./transport/... ./resources ./subresource \
  ./internal/... ./cmd/kx/internal/printer
RELEASE := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -funcalign=4' -gcflags=all=-l \
  $(INLINED:%=-gcflags=%=)
# TIMEOUT is the limit of one package. A test that hangs ends after it, and go test prints where it
# waited. On two busy cores the conformance suite takes more than 5 minutes.
TIMEOUT ?= 10m

.PHONY: build demo test parity lint faults e2e e2e-streams e2e-faults record clean

build: ## bin/kx and bin/kx-sandbox, as they are released
	$(RELEASE) -o $(BIN)/ ./cmd/...

demo: build ## adds a debug container to a pod without a shell, in a sandbox
	@PATH="$(CURDIR)/$(BIN):$$PATH" kx-sandbox run -- sh ./demo.sh

test: ## all tests that need no cluster
ifeq ($(RACE),)
	@echo 'make test: there is no C compiler here, so the tests run without the race detector' >&2
endif
	$(GO) test $(RACE) -count=1 -timeout $(TIMEOUT) ./...
ifneq ($(RACE),)
	$(GO) test -count=1 -timeout $(TIMEOUT) -run Allocates ./kubeconfig # the large files
endif
	@echo 'make test: all tests passed. Next: make demo, or make parity for the comparison with client-go.'

parity: ## compares with client-go and the API server's own packages, which takes minutes to compile
	cd parity && $(GO) test $(RACE) -count=1 -timeout 20m ./...

lint: ## gofmt, vet, golangci-lint, and that it builds everywhere
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	cd parity && $(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...
	@for os in linux darwin windows; do for arch in amd64 arm64; do \
	  echo "build $$os/$$arch"; CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -o /dev/null ./... || exit 1; done; done

faults: ## every verb and call with every fault at every stage of every request, over kxtest
	$(GO) test -count=1 -timeout 60m -v ./faults -args -all

VERBOSE ?=
e2e: ## the suite on the cluster that $$KUBECONFIG names; VERBOSE=-v prints passes and times
	@test -n "$$KUBECONFIG" || { echo 'make e2e: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) test $(RACE) -count=1 -timeout 30m $(VERBOSE) ./conformance -args -e2e

STREAMS ?= v5
e2e-streams: ## the behaviours of streams, on a cluster of any version; STREAMS=v4 for v4 alone
	@test -n "$$KUBECONFIG" || { echo 'make e2e-streams: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) test $(RACE) -count=1 -timeout 30m $(VERBOSE) ./conformance -args -e2e -streams $(STREAMS)

e2e-faults: ## the same as faults, over the cluster that $$KUBECONFIG names
	@test -n "$$KUBECONFIG" || { echo 'make e2e-faults: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) test -count=1 -timeout 180m -v ./faults -args -all -e2e

record: ## writes testdata/fixtures anew from the real cluster that $$KUBECONFIG names
	@test -n "$$KUBECONFIG" || { echo 'make record: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) test -count=1 ./internal/fixtures -record

clean:
	rm -rf $(BIN)
