package report

import (
	"fmt"
	"strconv"
	"time"
)

// count writes n with a comma between thousands.
func count(n int64) printable {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return printable(sign + digits)
}

// counted is a number with its noun: "1 log file", "1,204 log files".
func counted(n int64, one, many printable) printable {
	if n == 1 {
		return count(n) + " " + one
	}
	return count(n) + " " + many
}

// size writes a number of bytes in decimal units.
func size(bytes int64) printable {
	if bytes < 1000 {
		return counted(bytes, "byte", "bytes")
	}
	value := float64(bytes)
	for _, unit := range []printable{"kB", "MB", "GB", "TB"} {
		value /= 1000
		// 999.95 would be written as 1000.0.
		if value < 999.95 {
			return printable(fmt.Sprintf("%.1f ", value)) + unit
		}
	}
	return printable(fmt.Sprintf("%.1f PB", value/1000))
}

// length writes how long it is from one time to another, in whole days if it is such, else in whole hours.
func length(from, until time.Time) printable {
	hours := int64(until.Sub(from) / time.Hour)
	if hours%24 == 0 {
		return counted(hours/24, "day", "days")
	}
	return counted(hours, "hour", "hours")
}

// minute writes a time in UTC to the minute, day its date; "" when it is not known.
func minute(t time.Time) printable { return formatted(t, "2006-01-02 15:04Z") }

// second writes a time in UTC to the second, where it says what exactly was asked.
func second(t time.Time) printable { return formatted(t, "2006-01-02 15:04:05Z") }

func day(t time.Time) printable { return formatted(t, time.DateOnly) }

func formatted(t time.Time, layout string) printable {
	if t.IsZero() {
		return ""
	}
	return printable(t.UTC().Format(layout))
}
