package analyzer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/internal/trailgen"
)

// TestManyCallers: of very many principals and session names, the smallest are told one by one, and all are counted.
func TestManyCallers(t *testing.T) {
	root := t.TempDir()
	b := trailgen.NewBuilder(1)
	at := time.Date(2026, 11, 14, 11, 0, 0, 0, time.UTC)
	role := trailgen.InfrastructureRole
	events := []trailgen.Object{b.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), role, "ECSTaskVolumesForEBS")}
	for i := range 260 {
		who := trailgen.UserCaller(trailgen.Account, fmt.Sprintf("user%d", i*7919%1000), "203.0.113.7")
		at = at.Add(time.Second)
		events = append(events, b.AssumeRole(at, who, role, "work"), b.AssumeRoleDenied(at, who, role))
	}
	base := "ecstaskvolumesforebs"
	for i := range 120 { // every way to write some of the letters in upper case
		name := []byte(base)
		for bit := range 7 {
			if i>>bit&1 == 1 {
				name[bit*2] = strings.ToUpper(base)[bit*2]
			}
		}
		events = append(events, b.AssumeRole(at, trailgen.UserCaller(trailgen.Account, "user1", "203.0.113.7"), role, string(name)))
	}
	if err := trailgen.WriteFile(root+"/log.json.gz", trailgen.Form{}, events...); err != nil {
		t.Fatal(err)
	}
	agree(t, root, analyzer.Options{}, analyzer.Options{Roles: []string{"ecs*"}})
}
