package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// workers is how many objects are got at once: as many as roletrail reads from S3, unless it is told otherwise.
const workers = 64

// readPaths reads the lines of a file.
func readPaths(file string) ([]string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(content), "\n"), "\n"), nil
}

// get gets what the paths name below the URL, as plainly as package net/http allows without waste: nothing is inflated,
// signed, looked at or kept, and connections are used again. It returns how many bytes came.
func get(url string, paths []string) (int64, error) {
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: workers}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var next, received atomic.Int64
	var group errgroup.Group
	for range workers {
		group.Go(func() error {
			for {
				i := next.Add(1) - 1
				if i >= int64(len(paths)) {
					return nil
				}
				n, err := getOne(client, url+"/"+paths[i])
				if err != nil {
					return err
				}
				received.Add(n)
			}
		})
	}
	err := group.Wait()
	return received.Load(), err
}

func getOne(client *http.Client, url string) (int64, error) {
	response, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.Copy(io.Discard, response.Body)
}
