package main

import (
	"strings"
	"testing"
)

// TestWrongUsage holds what a person reads who got a command or a flag wrong: what it is about first, then what is
// wrong with it, then what to do. Nothing is read before: the SOURCE of these runs does not exist.
func TestWrongUsage(t *testing.T) {
	const (
		reportHelp  = `run "roletrail report --help" for the flags`
		timeForms   = "write a time as 2026-11-14T11:00:00Z, a UTC date as 2026-11-14, or an age as 90d, 36h or 2w"
		number      = "write a number without a unit"
		sizes       = "write a size as 256MiB, 2GiB or a number of bytes"
		noValue     = "leave the flag out, or look at where its value comes from"
		account     = "an account ID has 12 digits; repeat --account for several"
		region      = "write a Region as us-east-1, and repeat --region for several"
		expected    = "write a Region as us-east-1, and repeat --expect-regions for several"
		checkOrder  = "name the role first, then what to read: `roletrail check ROLE SOURCE`"
		policyOrder = "name the role first, then what to read: `roletrail policy ROLE SOURCE`"
		checkHelp   = `run "roletrail check --help" for the flags`
		arn         = "write it as arn:aws:iam::111122223333:role/name"
		age         = "write it as 90d, 36h or 2w"
		severity    = "use high, medium or low"
		order       = "the window begins at --since and ends at --until"
		unsigned    = "--no-sign-request: without credentials CloudTrail does not tell where a trail lies"
		role        = "arn:aws:iam::111122223333:role/reader"
	)
	for _, test := range []struct {
		args          string // separated by blanks; _ is an empty one
		message, hint string
	}{
		{"repotr", `"repotr" is no command`, "did you mean report?"},
		{"_", `"" is no command`, `run "roletrail --help" for the commands`},
		{"chekc trail", `"chekc" is no command`, "did you mean check?"},
		{"--since 90d", "--since: no such flag", `run "roletrail --help" for the flags`},
		{"report --sinse 90d nowhere", "--sinse: no such flag", reportHelp},
		{"report -x nowhere", "-x: no such flag", reportHelp},
		{"report nowhere -o", "--output: no value given", reportHelp},
		{"report nowhere --role", "--role: no value given", reportHelp},
		{"report --=x nowhere", "bad flag syntax: --=x", reportHelp},

		{"report --since yesterday nowhere", `--since: "yesterday" is no time`, timeForms},
		{"report --since 2026-13-01 nowhere", `--since: "2026-13-01" is no time`, timeForms},
		{"report --since 2026-11-14T11:00:00 nowhere", `--since: "2026-11-14T11:00:00" is no time`, timeForms},
		{"report --since -90d nowhere", `--since: "-90d" is no time`, timeForms},
		{"report --since 3m nowhere", `--since: "3m" is no time`, timeForms},
		{"report --until 1.5d nowhere", `--until: "1.5d" is no time`, timeForms},
		{"report --until d nowhere", `--until: "d" is no time`, timeForms},
		{"report --since 2026-11-02 --until 2026-11-01 nowhere", "--since 2026-11-02: not before --until 2026-11-01", order},
		{"report --since 1d --until 2d nowhere", "--since 1d: not before --until 2d", order},
		{"report --since 1d --until 1d nowhere", "--since 1d: not before --until 1d", order},
		{"report --late-days -1 nowhere", "--late-days: -1 is negative", ""},
		{"report --late-days 3d nowhere", `--late-days: "3d" is no whole number`, number},

		{"report --account 1234 nowhere", `--account: "1234" is no account ID`, account},
		{"report --account 111122223333,444455556666 nowhere", `--account: "111122223333,444455556666" is no account ID`, account},
		{"report --region us-east nowhere", `--region: "us-east" is no Region`, region},
		{"report --region us-east-1,eu-west-1 nowhere", `--region: "us-east-1,eu-west-1" is no Region`, region},
		{"report --fail-on severe nowhere", `--fail-on: "severe" is no severity`, severity},
		{"report --fail-on info nowhere", `--fail-on: "info" is no severity`, severity},

		{"report --progress maybe nowhere", `--progress: "maybe" is no choice`, "use auto, always or never"},
		{"report --quiet=loud nowhere", `--quiet: "loud" is neither true nor false`, "leave the value out"},
		{"report --concurrency -1 nowhere", "--concurrency: -1 is negative", ""},
		{"report --concurrency many nowhere", `--concurrency: "many" is no whole number`, number},
		{"report --memory 0 nowhere", `--memory: "0" is no size`, sizes},
		{"report --memory 256MB nowhere", `--memory: "256MB" is no size`, sizes},
		{"report --memory 1.5GiB nowhere", `--memory: "1.5GiB" is no size`, sizes},
		{"report --memory 99999999999GiB nowhere", `--memory: "99999999999GiB" is no size`, sizes},
		{"report --max-inflated -1 nowhere", `--max-inflated: "-1" is no size`, sizes},
		{"report --format xml nowhere", `--format: "xml" is no format`, "use text, json, csv, markdown, html or parquet"},
		{"report -o report nowhere", "--output report: the ending tells no format", "end the name in .txt, .json, .csv, .md, .html or .parquet"},
		{"report -o /dev/null nowhere", "--output /dev/null: the ending tells no format", "end the name in .txt, .json, .csv, .md, .html or .parquet"},

		{"report --trail main nowhere", "--trail main: there is a SOURCE too, nowhere", "name a SOURCE or a trail, not both"},
		{"report --no-sign-request", unsigned, "name the bucket as s3://bucket/prefix"},
		{"report --no-sign-request --trail main", unsigned, "name the bucket as s3://bucket/prefix"},
		{"report --no-sign-request --role-arn " + role + " s3://bucket", "--no-sign-request: --role-arn takes credentials", "leave one of them out"},
		{"report --external-id x s3://bucket", "--external-id: there is no role to assume", "name the role by --role-arn"},
		{"report --role-arn reader s3://bucket", `--role-arn: "reader" is no ARN of a role`, "write it as arn:aws:iam::111122223333:role/name"},
		{"report --endpoint-url localhost:9000 s3://bucket", "--endpoint-url: not the URL of an endpoint", "begin it with https:// or http://"},
		{"report --request-payer=bucket s3://bucket", `--request-payer: "bucket" is no choice`, "write --request-payer requester, or no value"},
		{"report --until 2020-01-01", "--until 2020-01-01: more than 90d ago, and nothing older is read unless --since says so", order},
		{"report --estimate -o report.json nowhere", "--estimate: what it tells goes to standard output", "leave out --output"},
		{"report --log-level loud nowhere", `--log-level: "loud" is no level`, "use error, warn, info or debug"},
		{"report s3://", "s3://: no bucket is named", "a location in S3 looks like s3://bucket/prefix"},
		{"report s3:///AWSLogs", "s3:///AWSLogs: no bucket is named", "a location in S3 looks like s3://bucket/prefix"},
		{"report trail s3://a", "s3://a: a is no name of a bucket", "it has 3 to 63 lower-case letters, digits, dots and hyphens"},

		{"report --expect-regions us-east nowhere", `--expect-regions: "us-east" is no Region`, expected},

		{"check", "check: no ROLE given", checkOrder},
		{"policy", "policy: no ROLE given", policyOrder},
		{"check _ nowhere", `check: "" is no name of a role`, checkOrder},
		{"policy _ nowhere", `policy: "" is no name of a role`, policyOrder},
		{"check ./trail", `check: "./trail" is no name of a role`, checkOrder},
		{"check s3://bucket", `check: "s3://bucket" is no name of a role`, checkOrder},
		{"check ecs* nowhere", `check: "ecs*" is no name of a role`, checkOrder},
		{"policy ecs* nowhere", `policy: "ecs*" is no name of a role`, policyOrder},
		{"check arn:aws:iam::111122223333:role/ecs* nowhere", `check: "arn:aws:iam::111122223333:role/ecs*" is no ARN of a role`, arn},
		{"check arn:aws:iam::111122223333:role/*/ecs nowhere", `check: "arn:aws:iam::111122223333:role/*/ecs" is no ARN of a role`, arn},
		{"check arn:aws:sts::111122223333:assumed-role/ecs/x nowhere", `check: "arn:aws:sts::111122223333:assumed-role/ecs/x" is no ARN of a role`, arn},
		{"policy arn:aws:iam::111122223333:user/alice nowhere", `policy: "arn:aws:iam::111122223333:user/alice" is no ARN of a role`, arn},
		{"check ecsRole nowhere --idle 90", `--idle: "90" is no length of time`, age},
		{"check ecsRole nowhere --idle 0d", `--idle: "0d" is no length of time`, age},
		{"check ecsRole nowhere --idle 99999w", `--idle: "99999w" is no length of time`, age},
		{"check ecsRole nowhere --idle 2026-01-01", `--idle: "2026-01-01" is no length of time`, age},
		{"check ecsRole nowhere --since 0d", "--since 0d: in the future", "leave it out, or name a time before that which is asked about"},
		{"check ecsRole nowhere --since 2d --until 3d", "--since 2d: not before --until 3d", order},
		{"check ecsRole nowhere --feature lattice", "--feature lattice: no feature of the catalog", "`roletrail features` shows the ids"},
		{"check ecsRole nowhere --expect-regions us-east-1,eu-west-1", `--expect-regions: "us-east-1,eu-west-1" is no Region`, expected},
		{"check ecsRole nowhere --format xml", `--format: "xml" is no format`, "use text, json or markdown"},
		{"check ecsRole nowhere -o check.pdf", "--output check.pdf: the ending tells no format", "end the name in .txt, .json or .md"},
		{"check ecsRole nowhere --fail-on high", "--fail-on: no such flag", checkHelp},
		{"check ecsRole nowhere --estimate", "--estimate: no such flag", checkHelp},
		{"check ecsRole nowhere --role x", "--role: no such flag", checkHelp},
		{"check ecsRole nowhere --account 1234", `--account: "1234" is no account ID`, account},

		// A variable of the shell that is not set must not mean: everything, or: never fail.
		{"report --account _ nowhere", "--account: the value is empty", noValue},
		{"report --account 111122223333 --account _ nowhere", "--account: the value is empty", noValue},
		{"report --region _ nowhere", "--region: the value is empty", noValue},
		{"report --role _ nowhere", "--role: the value is empty", noValue},
		{"report --since _ nowhere", "--since: the value is empty", noValue},
		{"report --until _ nowhere", "--until: the value is empty", noValue},
		{"report --catalog _ nowhere", "--catalog: the value is empty", noValue},
		{"report --fail-on _ nowhere", "--fail-on: the value is empty", noValue},
		{"report -o _ nowhere", "--output: the value is empty", noValue},
		{"report --trail _", "--trail: the value is empty", noValue},
		{"report --profile _ nowhere", "--profile: the value is empty", noValue},
		{"report --endpoint-url _ nowhere", "--endpoint-url: the value is empty", noValue},
		{"report --role-arn _ nowhere", "--role-arn: the value is empty", noValue},
		{"report --external-id _ nowhere", "--external-id: the value is empty", noValue},
		{"report --log-level _ nowhere", "--log-level: the value is empty", noValue},
		{"report --format _ nowhere", "--format: the value is empty", noValue},
		{"report --memory _ nowhere", `--memory: "" is no size`, sizes},
		{"check ecsRole nowhere --feature _", "--feature: the value is empty", noValue},
		{"check ecsRole nowhere --expect-regions _", "--expect-regions: the value is empty", noValue},
		{"check ecsRole nowhere --idle _", `--idle: "" is no length of time`, age},
		{"policy ecsRole nowhere -o _", "--output: the value is empty", noValue},
		{"features --catalog _", "--catalog: the value is empty", noValue},
	} {
		t.Run(test.args, func(t *testing.T) {
			args := strings.Fields(test.args)
			for i := range args {
				args[i] = strings.TrimPrefix(args[i], "_")
			}
			got := runPlainly(args...)
			want := "roletrail: " + test.message + "\n"
			if test.hint != "" {
				want += "hint: " + test.hint + "\n"
			}
			if got.code != exitUsage || got.stderr != want {
				t.Errorf("exit code %d, message\n%swant\n%s", got.code, got.stderr, want)
			}
			for _, complaint := range checkResult(got, args) {
				t.Error(complaint)
			}
		})
	}
}
