package trailgen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"roletrail/internal/trailgen"
)

// A session of ECS in a log file: its AssumeRole, a call, and the same call as it looks without the permission.
func ExampleBuilder() {
	at := time.Date(2026, 11, 14, 11, 12, 2, 0, time.UTC)
	role := trailgen.InfrastructureRole
	b := trailgen.NewBuilder(1)
	assume := b.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), role, "ECSTaskVolumesForEBS")
	session := trailgen.Opened(assume, role, trailgen.ECS)
	b.Name("volume", "vol-0123456789abcdef0")
	deleteVolume := trailgen.NewCall("ec2", "DeleteVolume", `{"volumeId":"<volume>"}`, `{"_return":true}`)
	deleted := b.Event(at.Add(time.Minute), session.Caller(), deleteVolume)
	denied := b.Event(at.Add(time.Hour), session.Caller(), deleteVolume.Denied(session.ARN())).Without("eventID")

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	err = trailgen.WriteFile(filepath.Join(dir, "log.json.gz"), trailgen.Form{Order: trailgen.Shuffled}, assume, deleted, denied)
	fmt.Println(err, deleted.Text("requestParameters.volumeId"), denied.Text("errorCode"))
	// Output: <nil> vol-0123456789abcdef0 Client.UnauthorizedOperation
}
