// Package browser drives a headless Chromium, as Debian packages it, for tests of what people open in a browser. It has no
// network, and tells of everything that goes wrong in a page.
package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Program is the name of the browser.
const Program = "chromium"

// patience is how long one page may take, on a machine that does much else.
const patience = 3 * time.Minute

// Browser is a running browser. Close ends it.
type Browser struct {
	context context.Context
	cancel  func()
}

// Start starts a browser with a profile of its own. An error says how the browser is installed if it is missing.
func Start(ctx context.Context) (*Browser, error) {
	path, err := exec.LookPath(Program)
	if err != nil {
		return nil, fmt.Errorf("%w: run make test, which installs it", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.Flag("allow-file-access-from-files", false),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium as root runs in no other way
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	browser, stopBrowser := chromedp.NewContext(allocator)
	b := &Browser{browser, func() { stopBrowser(); stopAllocator() }}
	if err := chromedp.Do(browser); err != nil {
		b.Close()
		return nil, fmt.Errorf("%s: cannot be started: %w", path, err)
	}
	return b, nil
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() { b.cancel() }

// View is how a page is looked at.
type View struct {
	Width, Height int64 // of the window in CSS pixels; 0 is 1440 by 900
	Dark          bool
	NoScript      bool // scripts of the page do not run
}

// Page is an open page. Close it.
type Page struct {
	context context.Context
	cancel  func()
	address string

	mutex    sync.Mutex
	problems []string
}

// Open opens a file as a user does from disk, and waits until it is loaded.
func (b *Browser) Open(path string, view View) (*Page, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if view.Width == 0 {
		view.Width, view.Height = 1440, 900
	}
	tab, closeTab := chromedp.NewContext(b.context)
	limited, stop := context.WithTimeout(tab, patience)
	p := &Page{context: limited, cancel: func() { stop(); closeTab() }, address: (&url.URL{Scheme: "file", Path: absolute}).String()}
	if err := p.load(view); err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Close closes the page.
func (p *Page) Close() { p.cancel() }

// load looks at the page as view says. Everything is listened to before anything of the page runs.
func (p *Page) load(view View) error {
	if err := chromedp.Listen(p.context, p.listen); err != nil {
		return err
	}
	scheme := "light"
	if view.Dark {
		scheme = "dark"
	}
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	return chromedp.Do(p.context,
		command(network.Enable, network.EnableParams{}), command(runtime.Enable, cdp.Empty{}), command(log.Enable, cdp.Empty{}),
		size(view.Width, view.Height),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: view.NoScript}),
		chromedp.Navigate(p.address),
	)
}

// Resize changes the size of the window.
func (p *Page) Resize(width, height int64) error {
	return chromedp.Do(p.context, size(width, height))
}

func size(width, height int64) chromedp.Action[chromedp.Void] {
	return command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// command runs a command of the browser's protocol.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, c, params)
		return err
	})
}

// Run does something in the page.
func Run[T any](p *Page, action chromedp.Action[T]) (T, error) {
	return chromedp.Run(p.context, action)
}

// Evaluate runs a script in the page, past its policy, and returns its value, or that of the promise that it returns.
func Evaluate[T any](p *Page, script string) (T, error) {
	return chromedp.Run(p.context, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Problems are what a good page has none of: messages on the console, exceptions, and requests other than the one for the
// page itself.
func (p *Page) Problems() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]string(nil), p.problems...)
}

func (p *Page) listen(event any) {
	problem := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		problem = "console " + e.Type.String()
		for _, argument := range e.Args {
			problem += " " + string(argument.Value) + argument.Description
		}
	case *runtime.EventExceptionThrown:
		problem = "exception " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			problem += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		problem = "log " + e.Entry.Level.String() + " " + e.Entry.Text
	case *network.EventRequestWillBeSent:
		if address, _, _ := strings.Cut(e.Request.URL, "#"); address != p.address {
			problem = "request " + e.Request.URL
		}
	}
	if problem != "" {
		p.mutex.Lock()
		p.problems = append(p.problems, problem)
		p.mutex.Unlock()
	}
}
