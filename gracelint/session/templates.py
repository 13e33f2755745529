"""What `gracelint init` writes, besides what it finds out about a repository."""

from __future__ import annotations

from gracelint import __version__

RELEASE = f"gracelint=={__version__}"

WAKES = r"""(?ix)(^|/)(
{0}  [^/]*(docker|container)file[^/]*|
{0}  [^/.]+|
{0}  \.(dockerignore|env|npmrc)|
{0}  [^/]*\.(ya?ml|json|hcl|toml|ini|conf|cfg|env)|
{0}  [^/]*\.(sh|bash|ash|dash|ksh|zsh)|
{0}  [^/]*\.([cm]?[jt]sx?|py|go|mod|rb|php|pl|pm)|
{0}  [^/]*\.(container|pod|kube|service|tpl|gotmpl)|
{0}  gracelint\.lock
{0})$"""
"""The files that can change how a container starts or stops. {0}: the indentation."""

HOOK = f"""\
- repo: local
  hooks:
    - id: gracelint-staged
      name: gracelint (what is staged)
      entry: gracelint check --since HEAD
      language: python
      additional_dependencies: ["{RELEASE}"]
      files: >-
        {WAKES.format("        ")}
      pass_filenames: false
      require_serial: true
"""

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
UPLOAD = "github/codeql-action/upload-sarif@8aad20d150bbac5944a9f9d289da16a4b0d87c1e # v4.36.2"

WORKFLOW = f"""\
name: gracelint
on:
  pull_request:
  push:
    branches: [BRANCH]
permissions: {{}}
jobs:
  gracelint:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      security-events: write # to upload to code scanning
    steps:
      - uses: {CHECKOUT}
        with:
          fetch-depth: 2 # with the commit that a pull request is merged into
          persist-credentials: false
      - name: Check what a pull request brings, and everything on a push
        run: >-
          pipx run {RELEASE} check --output-format github
          --report sarif=gracelint.sarif --report "markdown=$GITHUB_STEP_SUMMARY"
          ${{{{ github.event_name == 'pull_request' && '--since=HEAD^1' || '' }}}}
      - name: Upload to code scanning
        if: >-
          always() && hashFiles('gracelint.sarif') != ''
          && github.event.pull_request.head.repo.fork != true
        uses: {UPLOAD}
        with:
          sarif_file: gracelint.sarif
          category: gracelint
"""

GITLAB = f"""\
gracelint:
  image: python:3.13-slim
  variables:
    GIT_DEPTH: "0" # --since needs the commit that a merge request starts from
  script:
    - apt-get update -q && apt-get install -q -y --no-install-recommends git
    - pip install --quiet {RELEASE}
    - >-
      gracelint check --report gitlab=gl-code-quality-report.json
      ${{CI_MERGE_REQUEST_DIFF_BASE_SHA:+--since=$CI_MERGE_REQUEST_DIFF_BASE_SHA}}
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
"""
