package local_test

import (
	"testing"
	"time"

	"roletrail/ingest"
	"roletrail/ingest/local"
)

func window(from, until string) ingest.Deliveries {
	at := func(day string) time.Time {
		t, err := time.Parse(time.DateOnly, day)
		if err != nil {
			panic(err)
		}
		return t
	}
	return ingest.Deliveries{From: at(from), Until: at(until)}
}

func TestWindow(t *testing.T) {
	const region = "logs/AWSLogs/111111111111/CloudTrail/us-east-1/"
	named := func(time string) string { return "111111111111_CloudTrail_us-east-1_" + time + "_x.json.gz" }
	inFolder(t,
		region+"2022/12/31/a.json.gz", // a whole year before
		region+"2023/01/01/a.json.gz", // whole months before
		region+"2023/02/01/a.json.gz",
		region+"2023/03/09/a.json.gz", // a whole day before
		region+"2023/03/10/"+named("20230310T0000Z"),
		region+"2023/03/11/undated.json",
		region+"2023/03/12/"+named("20230312T0000Z"), // the last minute of the window
		region+"2023/03/12/"+named("20230312T0001Z"),
		region+"2023/03/12/undated.json",
		region+"2023/03/13/a.json.gz",
		region+"2023/04/01/a.json.gz",
		region+"2024/01/01/a.json.gz",
		"logs/flat/"+named("20230101T0000Z"),
		"logs/flat/"+named("20230102T0000Z"),
		"logs/flat/"+named("20230311T0000Z"),
		"logs/flat/"+named("20240101T0000Z"),
		"logs/flat/notes-"+named("20230101T0000Z")+".txt",
		"logs/2020/01/01/undated.json", // a date of something else
	)
	link(t, named("20230311T0000Z"), "logs/flat/"+named("20240102T0000Z"))
	source := local.New([]string{"logs"}, local.Options{Deliveries: window("2023-03-10", "2023-03-12")})
	told(t, source,
		"object logs/2020/01/01/undated.json",
		"prune "+region+"2022/: beforeWindow",
		"prune "+region+"2023/01/: beforeWindow",
		"prune "+region+"2023/02/: beforeWindow",
		"prune "+region+"2023/03/09/: beforeWindow",
		"object "+region+"2023/03/10/"+named("20230310T0000Z"),
		"object "+region+"2023/03/11/undated.json",
		"object "+region+"2023/03/12/"+named("20230312T0000Z"),
		"prune "+region+"2023/03/12/: afterWindow",
		"object "+region+"2023/03/12/undated.json",
		"prune "+region+"2023/03/13/: afterWindow",
		"prune "+region+"2023/04/: afterWindow",
		"prune "+region+"2024/: afterWindow",
		"prune logs/flat/: beforeWindow",
		"object logs/flat/"+named("20230311T0000Z"),
		"prune logs/flat/: afterWindow",
		"skip logs/flat/notes-"+named("20230101T0000Z")+".txt: notLogFile",
	)
}

func TestWindowOfNamedFolders(t *testing.T) {
	inFolder(t, "us-east-1/2023/03/09/a.json", "us-east-1/2023/03/10/b.json",
		"111111111111_CloudTrail_us-east-1_20230101T0000Z_x.json")
	deliveries := local.Options{Deliveries: window("2023-03-10", "2023-03-12")}
	told(t, local.New([]string{"us-east-1/2023/03/09", "us-east-1/2023/03/10"}, deliveries),
		"prune us-east-1/2023/03/09/: beforeWindow",
		"object us-east-1/2023/03/10/b.json")
	told(t, local.New([]string{"."}, deliveries),
		"prune ./: beforeWindow",
		"prune us-east-1/2023/03/09/: beforeWindow",
		"object us-east-1/2023/03/10/b.json")
}
