package trailgen

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Parameters, responses and names of sessions are written as templates in which <placeholders> stand for what differs
// from event to event:
//
//   - <bucket>, <task>, <volume> and so on name a thing. It stays the same until Fresh is called, so that the events of
//     one session speak of one volume, one task, one service. They are listed in things and vocabulary.
//   - <hex:17>, <digits:8>, <alnum:26>, <uuid:1>, <bytes:64> are drawn for each event anew (the last two may bear a
//     number or length that tells several in one event apart).
//   - <account>, <region>, <time>, <millis> are those of the event.
//
// A template with an unknown placeholder panics, for the templates are part of this package.

// things are placeholders made of others, or of random letters.
var things = map[string]string{
	"task":             "arn:aws:ecs:<region>:<account>:task/<cluster>/<taskId>",
	"taskId":           "<hex:32>",
	"taskSet":          "arn:aws:ecs:<region>:<account>:task-set/<cluster>/<service>/ecs-svc/<digits:19>",
	"taskDefinition":   "arn:aws:ecs:<region>:<account>:task-definition/<service>:<digits:2>",
	"clusterArn":       "arn:aws:ecs:<region>:<account>:cluster/<cluster>",
	"serviceArn":       "arn:aws:ecs:<region>:<account>:service/<cluster>/<service>",
	"volume":           "vol-0<hex:16>",
	"instance":         "i-0<hex:16>",
	"subnet":           "subnet-0<hex:16>",
	"securityGroup":    "sg-0<hex:16>",
	"vpc":              "vpc-0<hex:16>",
	"interface":        "eni-0<hex:16>",
	"attachment":       "eni-attach-0<hex:16>",
	"image":            "ami-0<hex:16>",
	"fleet":            "fleet-<uuid:1>",
	"launchTemplate":   "lt-0<hex:16>",
	"targetGroup":      "arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<service>-tg/<hex:16>",
	"loadBalancer":     "arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/app/<cluster>-alb/<hex:16>",
	"listener":         "arn:aws:elasticloadbalancing:<region>:<account>:listener/app/<cluster>-alb/<hex:16>/<hex:16:2>",
	"rule":             "arn:aws:elasticloadbalancing:<region>:<account>:listener-rule/app/<cluster>-alb/<hex:16>/<hex:16:2>/<hex:16:3>",
	"latticeGroup":     "tg-0<hex:16>",
	"secret":           "arn:aws:secretsmanager:<region>:<account>:secret:ecs-sc!<service>-<alnum:6>",
	"authority":        "arn:aws:acm-pca:<region>:<account>:certificate-authority/<uuid:1>",
	"issued":           "<authority>/certificate/<hex:32>",
	"certificate":      "arn:aws:acm:<region>:<account>:certificate/<uuid:1>",
	"namespace":        "ns-<alnum:16>",
	"discoveryService": "srv-<alnum:16>",
	"hostedZone":       "Z0<alnum:18>",
	"healthCheck":      "<uuid:1>",
	"key":              "arn:aws:kms:<region>:<account>:key/<uuid:1>",
	"bucket":           "<bucketStem>-<account>-<region>",
	"addressInside":    "10.<octet>.<octet2>.<octet3>",
}

// vocabulary are placeholders drawn from a list.
var vocabulary = map[string][]string{
	"cluster":    {"prod", "staging", "data-platform", "shared-services", "payments-prod"},
	"service":    {"checkout", "orders-api", "search", "ledger", "image-resizer", "frontend", "ingest-worker", "postgres-replica"},
	"bucketStem": {"app-assets", "data-lake-raw", "data-lake-curated", "deploy-artifacts", "elb-access-logs", "audit-archive", "customer-exports", "ml-training-sets"},
	"function":   {"image-thumbnailer", "order-events-consumer", "nightly-cleanup", "slack-notifier", "cloudwatch-to-siem", "token-rotator"},
	"table":      {"orders", "sessions", "feature-flags", "terraform-locks", "inventory"},
	"queue":      {"orders-dead-letter", "emails", "thumbnails", "webhooks"},
	"user":       {"alice", "bob", "chidi", "dagny", "émile", "ci-deployer", "backup-agent"},
	"path":       {"prod/checkout/db-password", "prod/orders-api/stripe", "staging/search/token", "shared/datadog/api-key"},
	"logGroup":   {"/ecs/checkout", "/ecs/orders-api", "/aws/lambda/image-thumbnailer", "/aws/rds/instance/ledger/postgresql", "/vpc/flow-logs"},
	"database":   {"ledger", "orders-primary", "analytics"},
	"stack":      {"network-baseline", "checkout-service", "orders-api-service", "observability"},
	"octet":      {"0", "1", "16", "32", "128"},
	"octet2":     {"4", "17", "23", "88", "140", "201"},
	"octet3":     {"9", "12", "35", "77", "164", "250"},
}

// names holds the things that placeholders stand for.
type names struct {
	things map[string]string // until Fresh
	event  map[string]string // until the next event
}

// expand replaces the placeholders of a template by text that is safe inside a JSON string.
func (b *Builder) expand(template string, at time.Time) string {
	if strings.IndexByte(template, '<') < 0 {
		return template
	}
	var out strings.Builder
	out.Grow(len(template) + 256)
	for {
		open := strings.IndexByte(template, '<')
		if open < 0 {
			break
		}
		length := strings.IndexByte(template[open:], '>')
		if length < 0 {
			panic(fmt.Sprintf("trailgen: placeholder without an end in %q", template))
		}
		out.WriteString(template[:open])
		out.WriteString(b.thing(template[open+1:open+length], at))
		template = template[open+length+1:]
	}
	out.WriteString(template)
	return out.String()
}

func (b *Builder) thing(name string, at time.Time) string {
	switch name {
	case "account":
		return b.Account
	case "region":
		return b.Region
	case "time":
		return at.Format(time.RFC3339)
	case "millis":
		return strconv.FormatInt(at.UnixMilli(), 10)
	}
	if text, ok := b.names.things[name]; ok {
		return text
	}
	if strings.IndexByte(name, ':') > 0 {
		text, ok := b.names.event[name]
		if !ok {
			text = b.draw(name)
			b.names.event[name] = text
		}
		return text
	}
	var text string
	if template, ok := things[name]; ok {
		// The letters drawn for this thing are its own: no other thing or id of the event may share them.
		clear(b.names.event)
		text = b.expand(template, at)
		clear(b.names.event)
	} else if list, ok := vocabulary[name]; ok {
		text = pick(b.random, list)
	} else {
		panic(fmt.Sprintf("trailgen: unknown placeholder <%s>", name))
	}
	b.names.things[name] = text
	return text
}

// draw makes the text of a placeholder with a colon, such as hex:17 or hex:17:2.
func (b *Builder) draw(name string) string {
	parts := strings.SplitN(name, ":", 3)
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		panic(fmt.Sprintf("trailgen: placeholder <%s>: %v", name, err))
	}
	switch parts[0] {
	case "hex":
		return b.random.text(hexDigits, n)
	case "digits":
		return "1" + b.random.text(digits, n-1) // never a leading zero: it may stand for a number
	case "alnum":
		return b.random.text(alphanumeric, n)
	case "uuid":
		return b.random.uuid()
	case "bytes": // a byte buffer as Java writes it: signed numbers
		var out []byte
		for i := range n {
			if i > 0 {
				out = append(out, ',')
			}
			out = strconv.AppendInt(out, int64(b.random.between(-128, 127)), 10)
		}
		return string(out)
	}
	panic(fmt.Sprintf("trailgen: unknown placeholder <%s>", name))
}
