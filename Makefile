GO ?= go
BIN := bin
# IN_BIN is $(BIN) for a program that runs in a folder of the repository, such as tools.
IN_BIN = $(if $(filter /%,$(BIN)),,../)$(BIN)
PROGRAMS := ./cmd/kx ./cmd/kx-sandbox
# The race detector needs cgo, and cgo needs a C compiler.
ifneq ($(shell CGO_ENABLED=1 $(GO) env CGO_ENABLED),1)
  RACE :=
else ifeq ($(shell command -v $$($(GO) env CC) 2>/dev/null),)
  RACE :=
else
  RACE := -race
endif
# INLINED are the packages that lists and streams pass through, and mlkem, which takes the most time
# of a TLS handshake. The release compiles all others without inlining, and aligns functions to 2
# bytes instead of 32. docs/performance.md has what that saves.
INLINED := runtime/... internal/... sync/... bytes strings bufio io/... strconv slices \
  crypto/internal/fips140/aes/... crypto/internal/fips140/subtle crypto/internal/fips140/alias \
  crypto/internal/fips140/mlkem \
  github.com/go-json-experiment/... ./transport ./transport/internal/websocket ./resources \
  ./internal/sortedjson ./internal/yamltext ./cmd/kx/internal/printer
RELEASE := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -funcalign=2' -gcflags=all=-l \
  $(INLINED:%=-gcflags=%=)
# TIMEOUT is the limit of one package. A test that hangs ends after it, and go test prints where it
# waited. On two busy cores the conformance suite takes more than 5 minutes.
TIMEOUT ?= 10m

.PHONY: build demo pictures test examples fuzz mutants parity lint supply-chain dist reproducible apidiff faults load soak e2e e2e-versions e2e-streams e2e-faults e2e-load e2e-examples bench bench-clients record site clean

build: ## bin/kx and bin/kx-sandbox, as they are released
	$(RELEASE) -o $(BIN)/ $(PROGRAMS)

demo: build ## adds a debug container to a pod without a shell, in a sandbox
	@PATH="$$(cd $(BIN) && pwd):$$PATH" kx-sandbox run -- sh ./demo.sh

pictures: build ## draws docs/pictures anew from runs in a sandbox
	@PATH="$$(cd $(BIN) && pwd):$$PATH" $(GO) run ./internal/pictures

test: ## all tests that need no cluster
ifeq ($(RACE),)
	@echo 'make test: there is no C compiler here, so the tests run without the race detector' >&2
endif
	$(GO) test $(RACE) -count=1 -timeout $(TIMEOUT) ./...
ifneq ($(RACE),)
	$(GO) test -count=1 -timeout $(TIMEOUT) -run 'Allocates|EachBound|WithoutEnd|IsTooLarge' \
	  ./kubeconfig ./resources ./cmd/kx/internal/cli # what is large
endif
	@echo 'make test: all tests passed. Next: make demo, or make parity for the comparison with client-go.'

examples: ## the programs of examples/, over kxtest; the browser's tests need chromium
	@command -v chromium >/dev/null || echo 'make examples: there is no chromium here: nobody tests the page of browsershell' >&2
	$(GO) -C examples test $(RACE) -count=1 -timeout $(TIMEOUT) ./...

FUZZTIME ?= 60s
FUZZ ?= .
fuzz: ## each fuzz target for $$FUZZTIME; FUZZ=Table for those whose names contain it
	@targets=$$(git grep --untracked -o -e '^func Fuzz[A-Za-z]*' -- '*_test.go' ':!parity' | sed 's/func //' | grep -e ':.*$(FUZZ)'); failed=; \
	for target in $$targets; do \
	  echo "$$target"; \
	  $(GO) test -run '^$$' -fuzz "^$${target#*:}\$$" -fuzztime $(FUZZTIME) "./$${target%/*}" || failed="$$failed $$target"; \
	done; \
	test -n "$$targets" || { echo 'make fuzz: no target has $(FUZZ) in its name' >&2; exit 2; }; \
	test -z "$$failed" || { echo "make fuzz: failed:$$failed" >&2; exit 1; }

MUTANTS ?= 300
SEED ?= 1
FROM ?= 0
mutants: ## changes the deciding code in $$MUTANTS places, one at a time, from the place $$FROM on; fails if a change lives that docs/reliability.md does not list
	$(GO) build -C tools -o $(IN_BIN)/mutants ./mutants
	nice -n 19 $(BIN)/mutants -root . -n $(MUTANTS) -seed $(SEED) -from $(FROM)

parity: ## compares with client-go and the API server's own packages, which takes minutes to compile
	cd parity && $(GO) test $(RACE) -count=1 -timeout 20m ./...

lint: ## gofmt, vet, golangci-lint, the tests of tools, and that it builds everywhere
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	cd parity && $(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...
	cd examples && $(GO) vet ./... && $(GO) tool -modfile=../tools/go.mod golangci-lint run ./...
	cd tools && $(GO) vet ./... && $(GO) test ./...
	@for os in linux darwin windows; do for arch in amd64 arm64; do \
	  echo "build $$os/$$arch"; CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -o /dev/null ./... && \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) -C examples vet ./... || exit 1; done; done

MODULES := '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Time.Format "2006-01-02"}}{{end}}{{end}}'
supply-chain: ## the checksums of all modules, and what the vulnerability database says of them
	@for module in . examples parity tools; do echo "$$module:"; $(GO) -C $$module mod verify || exit 1; done
	@echo 'modules of kx, with the dates of their versions:'; $(GO) list -deps -f $(MODULES) ./cmd/... | sort -u
	@$(GO) build -modfile=tools/go.mod -o $(BIN)/govulncheck golang.org/x/vuln/cmd/govulncheck
	@if curl -fs -o /dev/null --max-time 20 "$${GOVULNDB:-https://vuln.go.dev}/index/db.json"; then $(BIN)/govulncheck ./...; \
	else echo 'make supply-chain: the vulnerability database is out of reach: the dates above are what there is' >&2; fi

# PLATFORMS, VERSION, DIST and URL are those of tools/dist, for make dist and make reproducible.
DIST ?= dist
VERSION ?=
URL ?=
RUN_DIST = $(BIN)/dist -platforms '$(PLATFORMS)' -version '$(VERSION)' -url '$(URL)'
dist: PLATFORMS = linux/amd64 linux/arm64 linux/riscv64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
dist: ## a release of HEAD in $$DIST: archives, packages, SBOMs, krew's manifest and checksums; VERSION=v0.1.0, PLATFORMS=linux/amd64
	$(GO) build -C tools -o $(IN_BIN)/dist ./dist
	$(RUN_DIST) -root . -out '$(DIST)'

# The modules come from the cache of the machine. With GOPROXY=off the go command would not find the tag
# of the commit, whose version it writes into the programs.
reproducible: PLATFORMS = linux/amd64
reproducible: ## makes a release of HEAD twice, in two folders with a build cache each and without a network, and compares
	$(GO) mod download
	$(GO) build -C tools -o $(IN_BIN)/dist ./dist
	@set -e; work=$$(mktemp -d); commit=$$(git rev-parse HEAD); trap 'rm -rf "$$work"' EXIT; \
	modules="file://$$($(GO) env GOMODCACHE)/cache/download"; \
	for folder in a another/folder; do \
	  git clone -q . "$$work/$$folder/kx"; \
	  git -C "$$work/$$folder/kx" checkout -q --detach "$$commit"; \
	  GOPROXY="$$modules" GOCACHE="$$work/$$folder/cache" $(RUN_DIST) -root "$$work/$$folder/kx" -out "$$work/$$folder/dist"; \
	done; \
	diff -r "$$work/a/dist" "$$work/another/folder/dist"; \
	cat "$$work/a/dist/SHA256SUMS"

# BASE is the revision that make apidiff compares with: the last tag, if there is one.
BASE ?= $(shell git describe --tags --abbrev=0 --match 'v*' 2>/dev/null)
apidiff: ## how the exported names differ from those of the last tag, or of BASE=REVISION; fails if a program might no longer compile
	@test -n '$(BASE)' || { echo 'make apidiff: there is no tag to compare with: give a revision, as in make apidiff BASE=HEAD~20' >&2; exit 2; }
	$(GO) build -C tools -o $(IN_BIN)/apidiff ./apidiff
	@set -e; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	git clone -q . "$$work/base"; \
	git -C "$$work/base" checkout -q --detach "$$(git rev-parse '$(BASE)^{commit}')"; \
	$(BIN)/apidiff "$$work/base" .

faults: ## every verb and call with every fault at every stage of every request, over kxtest
	$(GO) test -count=1 -timeout 180m -v ./faults -args -all

load: ## 200 execs, 100 debug containers on one pod, 50 forwards and 1,000 watches, each at once, over kxtest
	$(GO) test -count=1 -timeout 60m -v -run OfMany ./load -args -full

SOAK ?= 30m
soak: ## mixed work for $$SOAK over kxtest; fails if goroutines, descriptors or memory grow
	$(GO) test -count=1 -timeout 0 -v -run Mixed ./load -args -soak $(SOAK)

VERBOSE ?=
E2E := $(GO) test $(RACE) -count=1 -timeout 30m $(VERBOSE) ./conformance -args -e2e
e2e: ## the suite on the cluster that $$KUBECONFIG names; VERBOSE=-v prints passes and times
	@test -n "$$KUBECONFIG" || { echo 'make e2e: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(E2E)

# CLUSTER starts and stops a cluster of $$KX_CLUSTER_VERSION: its programs up, which prints the
# environment, and down.
CLUSTER ?= ../shared/cluster
VERSIONS ?= 1.35.4 1.30.14 1.37.2
e2e-versions: ## the suite on a cluster of each of $$VERSIONS, beside the kubectl of the first, and the streams on 1.30.14 as older clusters pass them on
	@test -x $(CLUSTER)/up || { echo 'make e2e-versions: set CLUSTER to a folder with up and down, which start and stop a cluster' >&2; exit 2; }
	@failed=; trap '$(CLUSTER)/down' EXIT; \
	for version in $(VERSIONS); do \
	  environment=$$(KX_CLUSTER_VERSION=$$version $(CLUSTER)/up) || exit 1; \
	  eval "$$environment"; export KUBECTL=$${KUBECTL:-$$KX_CLUSTER_BIN/kubectl}; \
	  $(E2E) || failed="$$failed $$version"; \
	done; \
	environment=$$(KX_CLUSTER_VERSION=1.30.14 \
	  KX_CLUSTER_APISERVER_ARGS=--feature-gates=TranslateStreamCloseWebsocketRequests=false $(CLUSTER)/up) || exit 1; \
	eval "$$environment"; $(E2E) -streams v4 || failed="$$failed v4"; \
	test -z "$$failed" || { echo "make e2e-versions: failed:$$failed" >&2; exit 1; }

STREAMS ?= v5
e2e-streams: ## the behaviours of streams, on a cluster of any version; STREAMS=v4 for v4 alone
	@test -n "$$KUBECONFIG" || { echo 'make e2e-streams: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(E2E) -streams $(STREAMS)

CELLS ?= each
e2e-faults: ## one cell of each subject, fault and stage, over the cluster that $$KUBECONFIG names; CELLS=all for all
	@test -n "$$KUBECONFIG" || { echo 'make e2e-faults: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) test -count=1 -timeout 180m -v ./faults -args -$(CELLS) -e2e -workers 6

e2e-load: ## the same as load, over the cluster that $$KUBECONFIG names
	@test -n "$$KUBECONFIG" || { echo 'make e2e-load: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) test -count=1 -timeout 60m -v -run OfMany ./load -args -full -e2e

e2e-examples: ## the same as examples, over the cluster that $$KUBECONFIG names
	@test -n "$$KUBECONFIG" || { echo 'make e2e-examples: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) -C examples test $(RACE) -count=1 -p 1 -timeout 30m ./... -args -e2e

# PODS are the two numbers of pods. ONLY is a pattern of rows, which are printed and not written.
PODS ?= 5000,20000
ONLY ?=
bench: build ## kx, kubectl and curl in turn on the cluster that $$KUBECONFIG names, into docs/performance.md; ONLY='exec|logs' prints some rows
	@test -n "$$KUBECONFIG" || { echo 'make bench: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) run ./bench -kx $(BIN)/kx -pods '$(PODS)' $(if $(ONLY),-only '$(ONLY)',-page docs/performance.md -picture docs/pictures/bench.svg)

bench-clients: ## the library and client-go in turn, as benchstat's table in docs/performance.md
	$(GO) build -modfile=tools/go.mod -o $(BIN)/benchstat golang.org/x/perf/cmd/benchstat
	$(GO) -C parity test -c -o $(IN_BIN)/clients.test .
	cd parity && for round in 1 2 3 4 5 6 7 8; do \
	  $(IN_BIN)/clients.test -test.bench '^Benchmark(Decode|List|Watch|Exec)$$' -test.run '^$$' || exit 1; \
	done >$(IN_BIN)/clients.txt
	{ echo '```'; $(BIN)/benchstat -col /client $(BIN)/clients.txt; echo '```'; } >$(BIN)/clients.md
	sed -i -e '/^<!-- make bench-clients/,/^<!-- end of make bench-clients/{//!d}' \
	  -e '/^<!-- make bench-clients/r $(BIN)/clients.md' docs/performance.md

record: ## writes testdata/fixtures anew from the real cluster that $$KUBECONFIG names
	@test -n "$$KUBECONFIG" || { echo 'make record: set KUBECONFIG to a cluster that may be written to' >&2; exit 2; }
	$(GO) test -count=1 ./internal/fixtures -record

site: ## bin/site: the pages of docs/ as plain HTML, which works from a file: URL
	cd tools && $(GO) run ./site -root .. -out $(IN_BIN)/site

clean:
	rm -rf $(BIN)
