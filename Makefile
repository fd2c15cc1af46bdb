# Everything is built and tested from here. Go, git, make and bash are all that is needed to begin; what else test, lint and
# bench use is installed by them: Debian packages as root or by sudo, and into bin/ the linter and the S3 server of the tests
# from the Go module proxy, DuckDB and the AWS CLI from PyPI and axe-core from npm.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
VERSITYGW_VERSION := v1.8.0
VERSITYGW := bin/versitygw-$(VERSITYGW_VERSION)
AXE_VERSION := 4.14.1
AXE := bin/axe-core-$(AXE_VERSION).js
DUCKDB_VERSION := 1.5.6
DUCKDB := bin/duckdb-$(DUCKDB_VERSION)
AWSCLI_VERSION := 1.46.3
AWSCLI := bin/aws
VERSION = $(shell git describe --always --dirty 2>/dev/null || echo dev)

FUZZTIME ?= 1m
PAIRS ?= 7
BENCHTIME ?= 1s

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ./roletrail
	go build -trimpath -buildvcs=false -ldflags '-X main.version=$(VERSION)' -o roletrail ./cmd/roletrail

.PHONY: demo
demo: build ## report on the sample trail, as text and in usage.html
	@scripts/demo.sh

.PHONY: test-go
test-go: ## the quick tests, which need Go alone
	go vet ./...
	go test -short ./...

.PHONY: test
test: $(VERSITYGW) $(AXE) $(DUCKDB) $(AWSCLI) ## everything: format, vet, lint, demo, fuzzing for a few seconds, all tests with the race detector
	@scripts/install-packages.sh gcc=gcc,libc6-dev shellcheck=shellcheck chromium=chromium ssconvert=gnumeric tmux=tmux \
	  python3=python3 gzip=gzip pigz=pigz zopfli=zopfli libdeflate-gzip=libdeflate-tools
	@$(MAKE) check-format
	go vet ./...
	@$(MAKE) lint
	@$(MAKE) demo
	@$(MAKE) fuzz FUZZTIME=5s
	go test -race -timeout 20m ./...
	@$(MAKE) test-portable

# What depends on the processor is in these packages, and these tests hold the whole way from files to a report against the reference
# analyzer.
PROCESSOR_PACKAGES := ./ingest/inflate ./ingest/record
ORACLE_TESTS := ^(TestRandomTrails|TestTrail|TestRealTrails)$$

.PHONY: test-portable
test-portable: ## the code that depends on the processor: in its portable form, and for arm64 and big-endian s390x under qemu
	go vet -tags purego ./ingest/...
	go test -short -tags purego ./ingest/... ./analyzer
	@scripts/install-packages.sh qemu-aarch64=qemu-user qemu-s390x=qemu-user
	GOARCH=arm64 CGO_ENABLED=0 go vet ./...
	GOARCH=arm64 CGO_ENABLED=0 go test -short -exec qemu-aarch64 $(PROCESSOR_PACKAGES) ./ingest ./analyzer/facts
	GOARCH=arm64 CGO_ENABLED=0 go test -short -exec qemu-aarch64 -run '$(ORACLE_TESTS)' ./analyzer
	GOARCH=s390x CGO_ENABLED=0 go build -o /dev/null ./cmd/roletrail
	GOARCH=s390x CGO_ENABLED=0 go test -short -exec qemu-s390x $(PROCESSOR_PACKAGES)

.PHONY: check-format
check-format:
	@echo 'gofmt -l .'
	@unformatted=$$(gofmt -l .); if [[ -n $$unformatted ]]; then printf '%s: not formatted by gofmt\n' $$unformatted >&2; exit 1; fi

.PHONY: lint
lint: $(GOLANGCI_LINT) ## golangci-lint, and shellcheck for the scripts
	@scripts/install-packages.sh shellcheck=shellcheck
	$(GOLANGCI_LINT) run
	shellcheck scripts/*.sh .ci/run

$(GOLANGCI_LINT):
	@echo 'golangci-lint $(GOLANGCI_LINT_VERSION) is built once, which takes some minutes'
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv bin/golangci-lint $@

$(VERSITYGW):
	@echo 'versitygw $(VERSITYGW_VERSION), the S3 server of the tests, is built once, which takes some minutes'
	GOBIN=$(CURDIR)/bin go install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW_VERSION)
	mv bin/versitygw $@

$(AXE):
	@scripts/install-packages.sh curl=curl,ca-certificates
	@scripts/install-axe.sh $(AXE_VERSION) $@

$(AWSCLI):
	@scripts/install-awscli.sh $(AWSCLI_VERSION) $@

$(DUCKDB):
	@scripts/install-duckdb.sh $(DUCKDB_VERSION) $@

.PHONY: screenshots
screenshots: build ## pictures of the HTML report on the sample trail, in .screenshots/
	@scripts/install-packages.sh chromium=chromium
	@scripts/screenshots.sh .screenshots

.PHONY: fuzz
fuzz: ## every fuzz target in turn, each for FUZZTIME (1m)
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: build $(VERSITYGW) $(DUCKDB) ## benchmarks of the packages, then the program beside others, and from S3 (PAIRS=7 BENCHTIME=1s)
	@scripts/install-packages.sh time=time libdeflate-gunzip=libdeflate-tools gzip=gzip jq=jq python3=python3
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...
	@scripts/bench.sh $(PAIRS) $(DUCKDB)
	@scripts/bench-s3.sh $(VERSITYGW) $(PAIRS)

.PHONY: clean
clean: ## remove what was built and generated
	rm -rf roletrail trailgen usage.html bin .bench .screenshots ./*.test ./*.prof
