package reference

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer/catalog"
)

// kind is why a record is relevant.
type kind string

const (
	assume    kind = "assume"    // an AssumeRole of one of the three sorts
	call      kind = "call"      // made by a role session
	reference kind = "reference" // an ECS call that may name a role, or tells what stands
	change    kind = "change"    // an IAM write to a role or policy
	volume    kind = "volume"    // a step in the life of an EBS volume
	trail     kind = "trail"     // a change to what CloudTrail logs
)

// event is one thing that a relevant record tells of.
type event struct {
	*record
	kind      kind
	id        string // eventID, or ""
	source    string // eventSource
	name      string // eventName
	failed    bool   // "iff errorCode is not empty"
	errorCode string
	shown     bool // passes the window and the filters

	// of an assume and of a call
	role    string // ARN, or ""
	session string // session name, or ""
	owner   string // the service that an assume counts for or whose session a call is of; "" is anybody else

	// of an assume
	principal string // who called

	// of a call
	created       time.Time // creationDate of the session
	hasCreated    bool
	fromService   bool
	onlyAsked     bool // it matters only because a --role selector asks for the role
	openerMissing bool // it is the service's, but no AssumeRole that opened its session was seen
}

// otherRelevant lists the events of rules c to f.
var otherRelevant = []struct {
	kind   kind
	source string
	names  []string
}{
	{reference, "ecs.amazonaws.com", []string{
		"CreateService", "UpdateService", "DeleteService", "CreateTaskSet", "UpdateTaskSet", "DeleteTaskSet", "RunTask", "StartTask",
		"CreateCapacityProvider", "UpdateCapacityProvider", "DeleteCapacityProvider",
		"CreateExpressGatewayService", "UpdateExpressGatewayService", "DeleteExpressGatewayService",
		"CreateCluster", "DeleteCluster", "RegisterContainerInstance", "DeregisterContainerInstance"}},
	{change, "iam.amazonaws.com", []string{
		"CreateRole", "DeleteRole", "UpdateRole", "UpdateAssumeRolePolicy", "AttachRolePolicy", "DetachRolePolicy",
		"PutRolePolicy", "DeleteRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary",
		"CreateServiceLinkedRole", "DeleteServiceLinkedRole", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"}},
	{volume, "ec2.amazonaws.com", []string{"DeleteVolume", "DetachVolume"}},
	{trail, "cloudtrail.amazonaws.com", []string{"StartLogging", "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"}},
}

// eventsOf gives what a record tells of, the first standing for it in the counters: "a record may be several things at
// once: an assume (a) and also a call (b) if its caller is a session that matches b; a call (b) and also a reference,
// change, volume or trail event if it matches c to f; a call of a session of a role that --role selects also in addition
// to a and c to f." Records that are not relevant tell of nothing.
func eventsOf(r *record, o Options) []*event {
	source, name := r.text("eventSource"), r.text("eventName")
	if !r.wellShaped || slices.Contains([]string{"Insight", "NetworkActivity", "Aggregated"}, r.text("eventCategory")) {
		return nil
	}
	var events []*event
	assumes := []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}
	if source == "sts.amazonaws.com" && slices.Contains(assumes, name) {
		e := newEvent(r, assume)
		e.role, e.session = assumedRole(r), assumedSession(r)
		e.owner, e.principal = opener(r, o.Catalog), principal(r)
		events = append(events, e)
	}
	ofInterest := isSessionOfInterest(r, o)
	if ofInterest || r.text("userIdentity", "type") == "AssumedRole" && selectsRole(o.Roles, sessionRole(r)) {
		e := newEvent(r, call)
		e.role, e.session = sessionRole(r), sessionName(r)
		e.created, e.hasCreated = instant(r.text("userIdentity", "sessionContext", "attributes", "creationDate"))
		e.fromService = fromService(r)
		e.onlyAsked = !ofInterest
		events = append(events, e)
	}
	for _, other := range otherRelevant {
		if source == other.source && slices.Contains(other.names, name) {
			events = append(events, newEvent(r, other.kind))
		}
	}
	// "A call (b) whose eventSource is ec2.amazonaws.com and eventName CreateVolume, AttachVolume, DetachVolume or
	// DeleteVolume is also a volume event."
	if ofInterest && source == "ec2.amazonaws.com" && (name == "CreateVolume" || name == "AttachVolume") {
		events = append(events, newEvent(r, volume))
	}
	for _, e := range events {
		e.shown = inWindow(e, o) && passesFilters(e, o)
	}
	return events
}

func newEvent(r *record, kind kind) *event {
	code := r.text("errorCode")
	return &event{
		record: r, kind: kind, id: r.text("eventID"), source: r.text("eventSource"), name: r.text("eventName"),
		errorCode: code, failed: code != "",
	}
}

// isSessionOfInterest is rule b: "userIdentity.type is AssumedRole and any of: the session name matches any catalog
// session name; userIdentity.invokedBy is a principal of any catalog feature; the issuer's ARN contains
// /aws-service-role/<P>/ for a principal P of a service-linked catalog feature." A call of another session of a role that
// a --role selector matches is relevant too, but decides and counts nothing.
func isSessionOfInterest(r *record, o Options) bool {
	return r.text("userIdentity", "type") == "AssumedRole" &&
		(len(featuresNamed(sessionName(r), o.Catalog)) > 0 ||
			isPrincipal(r.text("userIdentity", "invokedBy"), o.Catalog) ||
			len(serviceLinkedPrincipals(r.text("userIdentity", "sessionContext", "sessionIssuer", "arn"), o.Catalog)) > 0)
}

// sessionRole: "role ARN = sessionIssuer.arn; if empty, derived from userIdentity.arn; else empty."
func sessionRole(r *record) string {
	if issuer := r.text("userIdentity", "sessionContext", "sessionIssuer", "arn"); issuer != "" {
		return issuer
	}
	if m := assumedRoleARN.FindStringSubmatch(r.text("userIdentity", "arn")); m != nil {
		partition, account, name := m[1], m[2], m[3]
		return "arn:" + partition + ":iam::" + account + ":role/" + name
	}
	return ""
}

var assumedRoleARN = regexp.MustCompile(`(?s)^arn:([^:]*):sts::([^:]*):assumed-role/([^/]+)/.*$`)

// sessionName: "the text of userIdentity.arn after the 2nd / when it has :assumed-role/; if empty, principalId after
// the first colon."
func sessionName(r *record) string {
	name := ""
	if arn := r.text("userIdentity", "arn"); strings.Contains(arn, ":assumed-role/") {
		name = afterSecondSlash(arn)
	}
	if name == "" {
		_, name, _ = strings.Cut(r.text("userIdentity", "principalId"), ":")
	}
	return name
}

// assumedRole: "requestParameters.roleArn; if empty: the first element of resources whose ARN contains :role/; if
// empty: in errorMessage the text after 'on resource: ' up to the next space or end, if it contains :role/ and begins
// with arn:."
func assumedRole(r *record) string {
	if arn := r.text("requestParameters", "roleArn"); arn != "" {
		return arn
	}
	resources, _ := r.value("resources").([]any)
	for _, resource := range resources {
		object, _ := resource.(map[string]any)
		if arn, _ := object["ARN"].(string); strings.Contains(arn, ":role/") {
			return arn
		}
	}
	_, after, _ := strings.Cut(r.text("errorMessage"), "on resource: ")
	arn, _, _ := strings.Cut(after, " ")
	if strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":role/") {
		return arn
	}
	return ""
}

// assumedSession: "requestParameters.roleSessionName; if empty: responseElements.assumedRoleUser.arn after its 2nd /."
func assumedSession(r *record) string {
	return firstNonEmpty(
		r.text("requestParameters", "roleSessionName"),
		afterSecondSlash(r.text("responseElements", "assumedRoleUser", "arn")))
}

func afterSecondSlash(arn string) string {
	_, rest, _ := strings.Cut(arn, "/")
	_, rest, _ = strings.Cut(rest, "/")
	return rest
}

// opener: "service(P) iff userIdentity.type is AWSService and invokedBy is the principal P of some catalog feature.
// Everyone else is an other opener", which is the empty string here.
func opener(r *record, c *catalog.Catalog) string {
	invokedBy := r.text("userIdentity", "invokedBy")
	if r.text("userIdentity", "type") == "AWSService" && isPrincipal(invokedBy, c) {
		return invokedBy
	}
	return ""
}

// principal: "AWSService: invokedBy; AssumedRole: sessionIssuer.arn if not empty; AWSAccount: the account and the ID of the
// role, without the session; users of an identity provider: the provider; then the first non-empty of arn,
// principalId, userName, accountId, invokedBy, type; else unknown."
func principal(r *record) string {
	first := ""
	switch r.text("userIdentity", "type") {
	case "AWSService":
		first = r.text("userIdentity", "invokedBy")
	case "AssumedRole":
		first = r.text("userIdentity", "sessionContext", "sessionIssuer", "arn")
	case "AWSAccount":
		account := r.text("userIdentity", "accountId")
		id, _, _ := strings.Cut(r.text("userIdentity", "principalId"), ":")
		if account != "" && id != "" && id != account {
			first = account + ":" + id
		}
	case "WebIdentityUser", "SAMLUser":
		first = r.text("userIdentity", "identityProvider")
	}
	return firstNonEmpty(first,
		r.text("userIdentity", "arn"), r.text("userIdentity", "principalId"), r.text("userIdentity", "userName"),
		r.text("userIdentity", "accountId"), r.text("userIdentity", "invokedBy"), r.text("userIdentity", "type"), "unknown")
}

// fromService: "sourceIPAddress is AWS Internal, perhaps with a number behind a slash, or it ends in .amazonaws.com (or
// .amazonaws.com.cn); if it is empty then invokedBy is not."
func fromService(r *record) bool {
	address := r.text("sourceIPAddress")
	if address == "" {
		return r.text("userIdentity", "invokedBy") != ""
	}
	return address == "AWS Internal" || strings.HasPrefix(address, "AWS Internal/") ||
		strings.HasSuffix(address, ".amazonaws.com") || strings.HasSuffix(address, ".amazonaws.com.cn")
}
