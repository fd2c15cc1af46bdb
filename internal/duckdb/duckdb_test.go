package duckdb

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuery(t *testing.T) {
	got := Query(t, `SELECT 9007199254740993 AS n, `+Text(`it's "é\`)+` AS s, NULL AS nothing, TIMESTAMPTZ '2026-11-14 11:12:02Z' AS at
		UNION ALL SELECT 2, 'b', NULL, NULL`)
	want := []map[string]any{
		{"n": json.Number("9007199254740993"), "s": `it's "é\`, "nothing": nil, "at": "2026-11-14 11:12:02+00"},
		{"n": json.Number("2"), "s": "b", "nothing": nil, "at": nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Query(t, "SELECT 1 WHERE false"); len(got) != 0 {
		t.Errorf("%v, want no row", got)
	}
}

func TestQueryFails(t *testing.T) {
	if testing.Short() {
		t.Skip("needs DuckDB, which -short does without")
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"SELECT nothing", "SELECT * FROM read_parquet(" + Text(filepath.Join(t.TempDir(), "none.parquet")) + ")"} {
		if rows, err := ask(path, query); err == nil {
			t.Errorf("%s: %v, want an error", query, rows)
		}
	}
}
