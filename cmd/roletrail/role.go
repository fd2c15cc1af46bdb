package main

import (
	"regexp"
	"strings"
)

// roleARN and roleName are what IAM lets be the ARN and the name of a role (IAM API Reference, "CreateRole"). An ARN with
// a * is none here, for it would be taken for a pattern.
var (
	roleARN  = regexp.MustCompile(`^arn:[a-z-]+:iam::\d{12}:role/([!-)+-~]+/)?[\w+=,.@-]{1,64}$`)
	roleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
)

// cutRole takes the ROLE, a name or an ARN, off the arguments of a command.
func cutRole(command string, args []string) (role string, sources []string, err error) {
	order := "name the role first, then what to read: `roletrail " + command + " ROLE SOURCE`"
	if len(args) == 0 {
		return "", nil, usage(order, "%s: no ROLE given", command)
	}
	role, sources = args[0], args[1:]
	switch {
	case strings.HasPrefix(role, "arn:") && !roleARN.MatchString(role):
		return "", nil, usage("write it as arn:aws:iam::111122223333:role/name", "%s: %q is no ARN of a role", command, role)
	case !strings.HasPrefix(role, "arn:") && !roleName.MatchString(role):
		return "", nil, usage(order, "%s: %q is no name of a role", command, role)
	}
	return role, sources, nil
}
