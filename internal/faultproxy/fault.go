package faultproxy

import (
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
)

// Fault is what goes wrong with a request.
type Fault int

// What can go wrong. Faults named after a status are answers of the proxy, as Amazon S3 gives them; the server is not asked.
const (
	None      Fault = iota
	Status503       // 503 SlowDown
	Status500       // 500 InternalError
	Reset           // the connection is reset before a byte of the response; net/http may by itself send a GET again
	Stall           // no byte comes until the client goes away
	Forbidden       // 403 AccessDenied
	KMSDenied       // 403 AccessDenied for kms:Decrypt on KMSKey
	NotFound        // 404 NoSuchKey
	Archived        // 403 InvalidObjectState, as for storage class GLACIER
	Expired         // 400 ExpiredToken; the answer repeats the session token, as Amazon S3's does

	// Faults of the server's response. A response that has no body to damage is a Reset.

	StallBody // the header and the first half of the body come, then nothing until the client goes away
	Truncate  // the header and the first half of the body come, then the connection is closed
	Corrupt   // one byte in the middle of the body is changed

	faults // how many there are
)

// KMSKey is the key that [KMSDenied] speaks of.
const KMSKey = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"

const caller = "arn:aws:sts::111111111111:assumed-role/auditor/session"

// failure is an answer of the proxy.
type failure struct {
	status        int
	code, message string
}

// responses are those of "Error responses" in the Amazon S3 API Reference, with the messages that the service sends.
var responses = map[Fault]failure{
	Status503: {http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate."},
	Status500: {http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again."},
	Forbidden: {http.StatusForbidden, "AccessDenied", "Access Denied"},
	KMSDenied: {http.StatusForbidden, "AccessDenied", "User: " + caller + " is not authorized to perform: kms:Decrypt on resource: " +
		KMSKey + " because no identity-based policy allows the kms:Decrypt action"},
	NotFound: {http.StatusNotFound, "NoSuchKey", "The specified key does not exist."},
	Archived: {http.StatusForbidden, "InvalidObjectState", "The operation is not valid for the object's storage class"},
	Expired:  {http.StatusBadRequest, "ExpiredToken", "The provided token has expired."},
}

// Every returns a decision that breaks each n-th request, counted in the order of arrival, by the faults in turn. n is at
// least 1.
func Every(n int, faults ...Fault) func(*http.Request) Fault {
	var requests atomic.Int64
	return func(*http.Request) Fault {
		request := requests.Add(1)
		if request%int64(n) != 0 {
			return None
		}
		return faults[(request/int64(n)-1)%int64(len(faults))]
	}
}

func (f Fault) needsResponse() bool {
	return f == None || f == StallBody || f == Truncate || f == Corrupt
}

// answer writes an error document.
func answer(w http.ResponseWriter, r *http.Request, f failure) {
	document := struct {
		XMLName      xml.Name `xml:"Error"`
		Code         string
		Message      string
		Key          string `xml:",omitempty"`
		StorageClass string `xml:",omitempty"`
		Token        string `xml:"Token-0,omitempty"`
		RequestID    string `xml:"RequestId"`
		HostID       string `xml:"HostId"`
	}{Code: f.code, Message: f.message, RequestID: "TX234S0F24A06C7E", HostID: "bm90IGEgaG9zdA=="}
	switch f.code {
	case "NoSuchKey":
		_, document.Key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	case "InvalidObjectState":
		document.StorageClass = "GLACIER"
	case "ExpiredToken":
		document.Token = r.Header.Get("X-Amz-Security-Token")
	}
	body, err := xml.Marshal(document)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("X-Amz-Request-Id", document.RequestID)
	w.Header().Set("X-Amz-Id-2", document.HostID)
	w.WriteHeader(f.status)
	fmt.Fprintf(w, "%s%s", xml.Header, body)
}

// damage answers with the server's response, but does not let it come whole.
func damage(w http.ResponseWriter, r *http.Request, response *http.Response, fault Fault) {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if len(body) == 0 {
		reset(w)
		return
	}
	writeHeader(w, response)
	if fault == Corrupt {
		body[len(body)/2] ^= 0xff
		fmt.Fprintf(w, "%s", body)
		return
	}
	fmt.Fprintf(w, "%s", body[:len(body)/2])
	_ = http.NewResponseController(w).Flush() // fails when the client has gone
	if fault == StallBody {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler) // closes the connection
}

// reset ends the connection such that the client gets "connection reset by peer".
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // what was not sent is dropped, and Close sends RST
	}
	_ = connection.Close()
}
