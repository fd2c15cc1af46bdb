package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostile is what an attacker might write for a terminal to obey: a title, the screen of full-screen programs, colours,
// a bell, a hidden cursor, a region that scrolls, other letters, an answer to be typed, and a line above to write over.
const hostile = `\x1b]0;owned\x07\x1b[?1049h\x1b[35;44m\x07\x1b[?25l\x1b[5;9r\x0e\x1b(0\u009b35m\x1b[6n\x1b[?1000h\u202e\x1b[A\rforged`

// terminalState asks tmux for what the hostile text would change.
const terminalState = "#{pane_title} alternate=#{alternate_on} bell=#{window_bell_flag} cursor=#{cursor_flag} " +
	"region=#{scroll_region_upper}-#{scroll_region_lower} mouse=#{mouse_any_flag}"

// inTmux runs a command in a terminal of 100 columns and 40 lines. It returns the text that is seen then, with what has
// scrolled away and the sequences of its colours, and the terminalState.
func inTmux(t *testing.T, variables []string, command ...string) (text, state string) {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is missing; make test installs it, or else: apt-get install tmux")
	}
	socket := filepath.Join(t.TempDir(), "socket")
	tmux := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "tmux", append([]string{"-u", "-S", socket, "-f", os.DevNull}, args...)...)
		cmd.Env = append(os.Environ(), append([]string{"TMUX=", "LC_ALL=C.UTF-8", "SHELL=/bin/sh", "TERM=xterm"}, variables...)...)
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %q: %v: %s", args, err, output)
		}
		return string(output)
	}
	// The command's end is written by the same way as all before it, so what is seen then is all. The shell stays, for
	// tmux changes a terminal whose program has ended.
	const script = `"$0" "$@"; printf '\nexit code %d.' $?; exec sleep 600`
	tmux(slices.Concat([]string{"new-session", "-d", "-x", "100", "-y", "40", "--", "sh", "-c", script}, command)...)
	t.Cleanup(func() { exec.Command("tmux", "-S", socket, "kill-server").Run() }) // which ends the shell too
	capture := func() string { return tmux("capture-pane", "-e", "-J", "-p", "-S", "-") }
	ended := regexp.MustCompile(`exit code \d+\.`)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if text = capture(); ended.MatchString(text) {
			return text, strings.TrimSpace(tmux("display-message", "-p", terminalState))
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q does not end; there is %q", command, text)
		}
	}
}

// A hostile trail takes no effect on a terminal, in whatever format it is shown, and is seen in escaped spellings.
func TestHostileOnTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a terminal for each format")
	}
	inFolder(t)
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	const still = " alternate=0 bell=0 cursor=1 region=0-39 mouse=0"

	bytes, err := unescape(hostile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("hostile", []byte(bytes), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("itself", func(t *testing.T) {
		const obeyed = "owned alternate=1 bell=1 cursor=0 region=4-8 mouse=1"
		if text, state := inTmux(t, nil, "cat", "hostile"); state != obeyed || !strings.Contains(text, "\x1b[35m\x1b[44m") {
			t.Errorf("the terminal does not obey the text at all: %s, %q", state, text)
		}
	})

	for path, assignments := range map[string][]string{
		"session": {"session=ECSTaskVolumesForEBS" + hostile, "calls=CreateVolume", "volume=vol-" + hostile},
		"role":    {"role=" + hostile, "calls=CreateVolume", "fails=" + hostile},
		"user":    {"by=" + hostile, "region=" + hostile},
		"call":    {"call=CreateService", "feature=ebs-volumes", "cluster=" + hostile, "service=" + hostile},
	} {
		file, err := unescape(path + hostile + ".json.gz")
		if err != nil {
			t.Fatal(err)
		}
		mustLog(t, "trail/"+file, assignments...)
	}
	file, err := unescape("damaged" + hostile + ".json.gz")
	if err != nil {
		t.Fatal(err)
	}
	mustLog(t, "trail/"+file, "form=truncated-gzip")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const (
		title     = `\x1b]0;owned\x07`
		jsonTitle = `\u001b]0;owned\u0007`
	)
	for _, test := range []struct {
		args      string
		variables []string
		sees      []string
	}{
		{"report --details trail", nil, []string{title, `damaged\x1b`, `\u009b35m`, `\u202e`}},
		{"report --details trail", []string{"NO_COLOR=1"}, []string{title}},
		{"report --format json trail", nil, []string{jsonTitle}},
		{"report --format markdown trail", nil, []string{"owned"}},
		{"report --format html trail", nil, []string{"owned"}},
		{"report --format csv trail", nil, []string{`\x1b]0\x3bowned\x07`}},
		{"events trail", nil, []string{jsonTitle, `damaged\x1b`}},
		{"events --raw trail", nil, []string{jsonTitle, `\u001b[?1049h`, `damaged\x1b`}},
		{"events --format csv trail", nil, []string{`\x1b]0\x3bowned\x07`, `damaged\x1b`}},
	} {
		t.Run(strings.Join(append(test.variables, test.args), " "), func(t *testing.T) {
			command := append([]string{"env", asProgram + "=1", "GORACE=atexit_sleep_ms=0", self}, strings.Fields(test.args)...)
			text, state := inTmux(t, test.variables, command...)
			if state != name+still {
				t.Errorf("the terminal obeyed: %s, want %s", state, name+still)
			}
			if !strings.Contains(text, "exit code 3.") {
				t.Errorf("the program did not end by exit code 3")
			}
			own := regexp.MustCompile(`\x1b\[[0-9;]*m`)
			if len(test.variables) > 0 || !strings.HasPrefix(test.args, "report --details") {
				own = regexp.MustCompile(`^$`) // none
			}
			if colours := regexp.MustCompile(`\x1b\[(?:3[0-9]|4[0-9])m`).FindAllString(text, -1); slices.Contains(colours, "\x1b[35m") || slices.Contains(colours, "\x1b[44m") {
				t.Errorf("the terminal shows colours of the log: %q", colours)
			}
			plain := own.ReplaceAllString(text, "")
			if at := strings.IndexFunc(plain, unsafeRune); at >= 0 {
				t.Errorf("the terminal holds %q", plain[at:min(at+20, len(plain))])
			}
			for _, want := range test.sees {
				if !strings.Contains(plain, want) {
					t.Errorf("%s is not seen", want)
				}
			}
			if lines := regexp.MustCompile(`(?m)^forged`).FindAllString(plain, -1); len(lines) > 0 {
				t.Errorf("a line of the log's own begins with forged")
			}
		})
	}
}

// Bytes of Parquet are for no terminal. What goes to files may be said there.
func TestParquetToTerminal(t *testing.T) {
	inFolder(t)
	mustLog(t, "trail/a.json.gz")
	for _, args := range []string{
		"report --format parquet trail", "events --format parquet trail", "events --format parquet -o - trail", "report --format parquet -o a.json -o - trail",
	} {
		terminal := openTerminal(t)
		p := program(t, strings.Fields(args)...)
		p.Stdout = terminal.device
		terminal.start(t, p)
		text, got := terminal.end(t, p)
		const message = "roletrail: --format parquet: standard output is a terminal\nhint: write it to a file with --output\n"
		if got.code != exitUsage || got.stderr != message || text != "" {
			t.Errorf("%s: exit code %d, messages %q, on the terminal %q", args, got.code, got.stderr, text)
		}
	}
	for _, args := range []string{"events --format parquet -o events.csv trail", "report -o usage.parquet trail"} {
		terminal := openTerminal(t)
		p := program(t, strings.Fields(args)...)
		p.Stdout = terminal.device
		terminal.start(t, p)
		if text, got := terminal.end(t, p); got.code != exitDone || text != "" {
			t.Errorf("%s: exit code %d, messages %q, on the terminal %q", args, got.code, got.stderr, text)
		}
	}
}
