# The commands of the checkout. `make help` lists them; CI runs the same ones (.ci/run).
# `up`, `preview`, `status` and `down` always mean the sandbox; a real environment is `pulumi up --stack NAME`.

STACK ?= dev
FROM ?= aks
CHECKPOINTS ?=
CONTEXT ?=
OUTPUT ?=
PYTHON ?= python3

VENV := .venv/bin/python
# The first line says what will happen and what it takes; then .venv and the binaries are made where they are missing.
PREPARE = $(PYTHON) -m toolchain prepare --say
ENVIRONMENT = $(PYTHON) -m toolchain environment
RESUMABLE = $(if $(filter-out 0,$(CHECKPOINTS)),--checkpoints)

# The unit rung first: it fails in seconds. One run of pytest, so that its last line counts everything.
RUNGS = tests/unit/ $(filter-out tests/unit/ tests/__pycache__/,$(wildcard tests/*/)) $(wildcard tests/test_*.py)

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
# Without bytecode each preview compiles Pulumi's SDKs anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up preview review policy-config rehearse-base machine summary gate not-older drift approvals comment reviews status diagnose admission down check new test unit engine lint format bench clean environment tools lock schema docs policies

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=NAME chooses the stack file Pulumi.NAME.yaml, default dev; PYTHON=python3.12 another Python."
	@echo "  CHECKPOINTS=1, for up and down: slower, but after a run that is killed the next goes on where it was."

# The sandbox

up: ## rehearse the stack on this machine: real engine, real API server, simulated nodes and Azure
	@$(PREPARE) "Rehearses stack $(STACK) in a sandbox on this machine; nothing outside of it is touched." --check "$(STACK)"
	@exec $(VENV) -m sandbox up --stack "$(STACK)" $(RESUMABLE)

preview: ## show what `up` would change in the sandbox
	@$(PREPARE) "Previews stack $(STACK) in a sandbox on this machine; nothing outside of it is touched." --check "$(STACK)"
	@exec $(VENV) -m sandbox preview --stack "$(STACK)"

# What a pull request shows

BASE ?=
EVENTS ?= .review/$(STACK).events.json
SUMMARY ?= .review/$(STACK).md
APPROVED ?=
DIGEST ?=
ASK ?=
# Where the run is, github or azure, and whose program it read: of a branch, a fork, or the base itself.
SYSTEM ?= github
ORIGIN ?= branch
REAL ?=
# The base judges, so that no change judges itself: its pack, its overrides, and its reading of both stack files.
JUDGE = $(if $(and $(BASE),$(wildcard $(BASE)/policy/PulumiPolicy.yaml)),$(BASE),$(CURDIR))
POLICY ?= $(CURDIR)/.review/$(STACK).policy.json
FILE ?= $(CURDIR)/Pulumi.$(STACK).yaml
# What a changed FILE is held against: in `make -C base policy-config FILE=...` the base's own, without being asked.
BASE_FILE ?= $(CURDIR)/Pulumi.$(STACK).yaml
# The standard library does for these: nothing of a pull request is installed where they run.
REVIEW = $(PYTHON) -m review
TO_READ = --stack "$(STACK)" --events "$(EVENTS)" --system "$(SYSTEM)" --origin "$(ORIGIN)"

review: ## show what a pull request would show of this stack: BASE=FOLDER, a checkout that it is compared with
	@$(if $(BASE),$(MAKE) -f Makefile rehearse-base)
	@$(PREPARE) "Previews stack $(STACK) in a sandbox on this machine, for a reviewer."
	@rm -f "$(POLICY)"
	@$(MAKE) -C "$(JUDGE)" -f Makefile policy-config FILE="$(FILE)" POLICY="$(POLICY)" \
	    BASE_FILE="$(abspath $(or $(BASE),$(CURDIR)))/Pulumi.$(STACK).yaml" || :
	@unjudged() { [ -s "$(POLICY)" ] || { echo "No policy pack was run: see above why $(FILE) gave no configuration of it." >&2; false; }; }; \
	set --; ! unjudged || set -- --policy-pack "$(JUDGE)/policy" --policy-pack-config "$(POLICY)"; \
	code=0; $(VENV) -m sandbox preview --stack "$(STACK)" --events "$(EVENTS)" "$$@" || code=$$?; \
	$(REVIEW) summary $(TO_READ) --format markdown --output "$(SUMMARY)" || exit 2; \
	echo; $(REVIEW) summary $(TO_READ); unjudged || exit 3; exit $$code

policy-config: ## write the policy pack's configuration for a stack file: STACK=NAME FILE=FILE BASE_FILE=FILE POLICY=FILE
	@$(ENVIRONMENT)
	@mkdir -p "$(dir $(POLICY))"
	@$(VENV) -m infra.policy_config --stack "$(STACK)" --file "$(FILE)" \
	    $(if $(filter-out $(FILE),$(BASE_FILE)),--base-file "$(BASE_FILE)") > "$(POLICY)" || { rm -f "$(POLICY)"; exit 1; }

rehearse-base: ## bring up the stack of another checkout in this sandbox: BASE=FOLDER
	@if [ -e "$(BASE)/Pulumi.$(STACK).yaml" ]; then \
	    BUILDFLEET_SANDBOX="$${BUILDFLEET_SANDBOX:-$(CURDIR)/.sandbox}" $(MAKE) -C "$(BASE)" -f Makefile up STACK="$(STACK)"; \
	else echo "$(BASE) has no stack $(STACK): it is compared with nothing."; fi

PINNED_PULUMI = $(shell sed -n 's|.*github.com/pulumi/pulumi/pkg/v3 \(v[^ ]*\).*|\1|p' toolchain/modules/pulumi/go.mod)
machine: ## tell what this machine lacks to preview a real stack: Python, az, kubelogin, git and the pinned Pulumi
	@lacks=; for one in az git kubelogin; do command -v "$$one" >/dev/null || lacks="$$lacks $$one,"; done; \
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || lacks="$$lacks Python 3.11 or newer,"; \
	[ "$$(pulumi version 2>/dev/null)" = "$(PINNED_PULUMI)" ] || lacks="$$lacks Pulumi $(PINNED_PULUMI),"; \
	[ -z "$$lacks" ] || { echo "This machine lacks:$${lacks%,}. Put them into the image of its pool; nothing was run." >&2; exit 1; }

summary: ## write the summary of a preview's log of events: EVENTS=FILE SUMMARY=FILE SYSTEM=github or azure ORIGIN=branch, fork or base
	@$(REVIEW) summary $(TO_READ) --format markdown --output "$(SUMMARY)"

gate: ## refuse what destroys without a yes, breaks a rule or did not end: EVENTS=FILE, REAL=1, APPROVED=FILE with labels, or DIGEST=...
	@$(REVIEW) gate --events "$(EVENTS)" --stack "$(STACK)" --system "$(SYSTEM)" $(if $(REAL),--real) $(if $(APPROVED),--approved-file "$(APPROVED)") \
	    $(if $(DIGEST),--approved "$(DIGEST)") $(if $(ASK),--ask) $(if $(wildcard policy/PulumiPolicy.yaml),--require-pack buildfleet)

# The history is read first, so that a failed reading is not taken for a stack that was never deployed; and more of it than
# one entry, which may be a refresh.
not-older: ## refuse to deploy a commit that is older than the one deployed last: STACK=NAME REAL=1
	@[ -n "$(REAL)" ] || { echo "not-older reads the history of the real stack $(STACK): say so with REAL=1." >&2; exit 2; }
	@history=$$(pulumi stack history --stack "$(STACK)" --json --page-size 25) || exit 2; \
	printf '%s\n' "$$history" | $(REVIEW) not-older --stack "$(STACK)" --history -

drift: ## tell what differs from the program: EVENTS=FILE of `pulumi preview --refresh`, SUMMARY=FILE
	@$(REVIEW) drift --stack "$(STACK)" --events "$(EVENTS)" --format markdown --output "$(SUMMARY)"

approvals: ## write the labels that approve a destruction and count: APPROVED=FILE; in a workflow of GitHub
	@$(REVIEW) approvals > "$(APPROVED)"

comment: ## write a summary to the pull request of this run: SUMMARY=FILE SYSTEM=github or azure
	@$(REVIEW) comment --system "$(SYSTEM)" --file "$(SUMMARY)"

reviews: ## write the summaries of prepared changes in docs/reviews
	@$(PREPARE) "Makes the summaries of docs/reviews, in sandboxes of their own."
	@$(VENV) -m tests.engine.reviews

status: ## show what runs in the sandbox
	@$(ENVIRONMENT)
	@$(VENV) -m sandbox status --stack "$(STACK)"

diagnose: ## show what the engine's nodes say: CONTEXT=NAME for a real cluster, OUTPUT=FOLDER for all that was read
	@$(ENVIRONMENT)
	@$(VENV) -m operations diagnose --stack "$(STACK)" --context "$(CONTEXT)" $(if $(OUTPUT),--output "$(OUTPUT)")

admission: ## tell what is in a cluster that admission policies would refuse, before they do: STACK=NAME CONTEXT=NAME
	@$(ENVIRONMENT)
	@$(VENV) -m infra.policy_config --stack "$(STACK)" --for-admission | $(VENV) -m operations admission --stack "$(STACK)" --context "$(CONTEXT)"

down: ## destroy the stack in the sandbox, look for what is left, and stop the sandbox
	@$(ENVIRONMENT)
	@exec $(VENV) -m sandbox down --stack "$(STACK)" $(RESUMABLE)

# Stack files

new: ## write the stack file of an environment of your own: STACK=NAME FROM=aks, azure-local or dev
	@$(ENVIRONMENT)
	@$(VENV) -m sandbox new $(if $(filter file,$(origin STACK)),,--stack "$(STACK)") --from "$(FROM)"

check: ## tell what is wrong with the stack file, what is only an example in it, and what Azure retires soon
	@$(ENVIRONMENT)
	@$(VENV) -m sandbox check --stack "$(STACK)"

# Checks

test: ## run all tests: seconds for the unit rung, minutes for the engine rung
	@$(PREPARE) "Runs all tests; those of the engine rung drive sandboxes of their own."
	@$(VENV) -m pytest $(RUNGS)

unit: ## run the tests that need neither engine nor API server (under a minute)
	@$(ENVIRONMENT)
	@$(VENV) -m pytest -m "not engine"

engine: ## run the tests that drive the real engine against a real API server, upgrades included (minutes)
	@$(PREPARE) "Runs the tests of the engine rung, which drive sandboxes of their own."
	@$(VENV) -m pytest -m engine

lint: ## check style, types, and that what is generated is current
	@$(ENVIRONMENT)
	@$(VENV) -m ruff check
	@$(VENV) -m ruff format --check
	@$(VENV) -m mypy
	@$(VENV) -m infra.settings.schema --check
	@$(VENV) -m infra.settings.reference --check
	@$(VENV) -m policy.catalogue --check

format: ## rewrite the Python files in the house's format
	@$(ENVIRONMENT)
	@$(VENV) -m ruff check --fix
	@$(VENV) -m ruff format

bench: ## measure what users wait for
	@$(PREPARE) "Measures in a sandbox of its own; let nothing else run meanwhile."
	@$(VENV) -m bench

# What the others need

environment: ## make .venv from requirements-dev.txt, if that is not done yet
	@$(ENVIRONMENT)

tools: ## find or build the pinned binaries, and show where they are
	@$(PYTHON) -m toolchain ensure

schema: ## write the JSON Schema of stack files from the settings' models
	@$(ENVIRONMENT)
	@$(VENV) -m infra.settings.schema

docs: ## write the configuration reference from the settings' models
	@$(ENVIRONMENT)
	@$(VENV) -m infra.settings.reference

policies: ## write the catalogue of the policies and the ready profiles from the rules
	@$(ENVIRONMENT)
	@$(VENV) -m policy.catalogue

# Versions that are locked stay unless the .in files say otherwise: `rm requirements*.txt` first takes the newest.
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: ## lock all requirements, of the program, the development and the images, with hashes (needs uv)
	@command -v uv >/dev/null || { echo "uv is needed to lock: pipx install uv, or https://docs.astral.sh/uv/" >&2; exit 1; }
	@$(UV_COMPILE) requirements/program.in -o requirements.txt
	@$(UV_COMPILE) images/docker-engine/requirements.in -c requirements.txt -o images/docker-engine/requirements.txt
	@$(UV_COMPILE) requirements/development.in -c requirements.txt -c images/docker-engine/requirements.txt -o requirements-dev.txt

clean: ## stop all sandboxes and remove what is made in the checkout, but for .venv
	@if [ -d .sandbox ]; then $(ENVIRONMENT) && $(VENV) -m sandbox down --all; fi
	@rm -rf .sandbox .review .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name .venv -prune -o -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
	@echo "Clean. Kept: .venv, and the built binaries in the user's cache (see them: $(PYTHON) -m toolchain list)."
