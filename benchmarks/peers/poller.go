// A poller as one would write it in Go: a goroutine and a timer for each origin, net/http, structs.
//
// usage: poller paced|flat POLLS INTERVAL_SECONDS < ports.json
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type health struct {
	Status json.RawMessage `json:"status"`
}

type node struct {
	ID       string `json:"id"`
	Protocol string `json:"protocol"`
	Health   health `json:"health"`
}

type answer struct {
	Snapshot struct {
		Nodes []node `json:"nodes"`
	} `json:"snapshot"`
}

var client = &http.Client{
	Timeout:   5 * time.Second,
	Transport: &http.Transport{MaxIdleConns: 0, MaxIdleConnsPerHost: 2, IdleConnTimeout: 90 * time.Second},
}

var polls, failures int64

func poll(url string) {
	response, err := client.Get(url)
	if err != nil {
		atomic.AddInt64(&failures, 1)
		return
	}
	defer response.Body.Close()
	var document answer
	if json.NewDecoder(response.Body).Decode(&document) != nil || len(document.Snapshot.Nodes) == 0 {
		atomic.AddInt64(&failures, 1)
		return
	}
	atomic.AddInt64(&polls, 1)
}

func cpu() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}

func paced(urls []string, total int, interval time.Duration) {
	var group sync.WaitGroup
	rounds := total / len(urls)
	for index, url := range urls {
		group.Add(1)
		go func(url string, delay time.Duration) {
			defer group.Done()
			time.Sleep(delay)
			ticker := time.NewTicker(interval)
			defer ticker.Stop()
			for round := 0; round < rounds; round++ {
				poll(url)
				<-ticker.C
			}
		}(url, interval*time.Duration(index)/time.Duration(len(urls)))
	}
	group.Wait()
}

func flat(urls []string, total int) {
	var group sync.WaitGroup
	work := make(chan string, 64)
	for worker := 0; worker < 32; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for url := range work {
				poll(url)
			}
		}()
	}
	for index := 0; index < total; index++ {
		work <- urls[index%len(urls)]
	}
	close(work)
	group.Wait()
}

func main() {
	var ports []int
	json.NewDecoder(os.Stdin).Decode(&ports)
	total, _ := strconv.Atoi(os.Args[2])
	seconds, _ := strconv.ParseFloat(os.Args[3], 64)
	urls := make([]string, len(ports))
	for index, port := range ports {
		urls[index] = fmt.Sprintf("http://127.0.0.1:%d/v1/status?include=nodes", port)
	}
	flat(urls, len(urls)) // connections are made before the measurement
	polls, failures = 0, 0
	begun, used := time.Now(), cpu()
	if os.Args[1] == "paced" {
		paced(urls, total, time.Duration(seconds*float64(time.Second)))
	} else {
		flat(urls, total)
	}
	fmt.Printf(`{"polls": %d, "failures": %d, "cpu": %f, "wall": %f}`+"\n",
		polls, failures, cpu()-used, time.Since(begun).Seconds())
}
