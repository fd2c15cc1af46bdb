package analyzer

import (
	"slices"
	"strings"
)

// liveChecks are the questions to AWS that the logs cannot answer.
func (j *judge) liveChecks() []LiveCheck {
	var regions []string
	for i := range j.coverage {
		if r := j.coverage[i].Region; r != "" {
			regions = append(regions, r)
		}
	}
	list := []LiveCheck{
		{"Are these commands asked with credentials of account " + j.role.AccountID + "?", "aws sts get-caller-identity --query Account --output text"},
		{
			"Does the role exist, and when was it used last, for whatever purpose?",
			"aws iam get-role --role-name " + shellQuote(j.role.Name) + " --query 'Role.{id: RoleId, created: CreateDate, lastUsed: RoleLastUsed}'",
		},
		{"Which Regions does the account use beside those below?", "aws ec2 describe-regions --query 'Regions[].RegionName' --output text"},
	}
	if len(regions) == 0 {
		regions = []string{"REGION"}
	}
	for _, region := range regions {
		if j.role.Kind == KindServiceLinked {
			list = append(list, LiveCheck{"Are there ECS clusters in " + region + "?", "aws ecs list-clusters --region " + shellQuote(region) + " --query 'clusterArns[]' --output text"})
			continue
		}
		list = slices.Concat(list, j.resourceChecks(region))
	}
	return list
}

// resourceChecks ask what there is in a Region that may need the role.
func (j *judge) resourceChecks(region string) []LiveCheck {
	in, names := " --region "+shellQuote(region), "grep -q -F "+shellQuote(j.role.ARN)
	return []LiveCheck{
		{
			"Are there volumes that ECS made for tasks in " + region + "?",
			"aws ec2 describe-volumes" + in + " --filters Name=tag:AmazonECSManaged,Values=true --query 'Volumes[].[VolumeId, State, CreateTime]' --output text",
		},
		{
			"Which services in " + region + " name the role?",
			"for c in $(aws ecs list-clusters" + in + " --query 'clusterArns[]' --output text); do " +
				"for s in $(aws ecs list-services" + in + " --cluster \"$c\" --query 'serviceArns[]' --output text); do " +
				"{ aws ecs describe-services" + in + " --cluster \"$c\" --services \"$s\" --output json; " +
				"aws ecs describe-express-gateway-service" + in + " --service-arn \"$s\" --output json 2>/dev/null; } | " + names + " && echo \"$s\"; done; done",
		},
		{
			"Which capacity providers in " + region + " name the role?",
			"aws ecs describe-capacity-providers" + in + " --output json | grep -F " + shellQuote(j.role.ARN),
		},
	}
}

// shellQuote makes one word of a shell of a text, which may come from a log.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@+,", r))
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
