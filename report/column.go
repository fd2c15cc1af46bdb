package report

import "time"

// column is one column of a table that programs read, whose rows are made from R. One of the functions is set, and says of
// which kind the column is. Of a text, "" is unknown, and so is the zero time of an instant and of a day.
type column[R any] struct {
	name    string
	text    func(*R) string
	count   func(*R) int64
	instant func(*R) time.Time
	day     func(*R) time.Time // of which the date in UTC is told

	distinct bool // hardly any two rows have the same text
}
