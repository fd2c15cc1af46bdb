package report

import (
	"reflect"
	"time"

	"pgregory.net/rapid"

	"roletrail/analyzer"
)

// drawAll draws everything below v by type, so that what a document gains is drawn too. Strings that are one word of a page
// by their meaning have no blanks, see oneName; those that choose what is written are mostly of the known ones.
func drawAll(t *rapid.T, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(anyOf(name).Draw(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Int, reflect.Int64:
		v.SetInt(anyCount.Draw(t, name))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 4).Draw(t, name), 4))
		for i := range v.Len() {
			drawAll(t, name, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 3).Draw(t, name) {
			v.SetMapIndex(reflect.ValueOf(anyString.Draw(t, name)), reflect.ValueOf(anyCount.Draw(t, name)))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, name) {
			v.Set(reflect.New(v.Type().Elem()))
			drawAll(t, name, v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(anyTime.Draw(t, name)))
			return
		}
		for i := range v.NumField() {
			drawAll(t, v.Type().Field(i).Name, v.Field(i))
		}
	}
}

func anyOf(name string) *rapid.Generator[string] {
	among := func(known ...string) *rapid.Generator[string] {
		return rapid.OneOf(rapid.SampledFrom(known), rapid.SampledFrom(known), anyString)
	}
	switch name {
	case "ARN", "Object", "Task", "Prefix":
		return anyName
	case "Kind":
		return anyKind
	case "Verdict":
		return among(analyzer.NotSafe, analyzer.CannotTell, analyzer.NoUseSeen)
	case "State":
		return among(analyzer.StateStanding, analyzer.StateEnding, analyzer.StateEnded, analyzer.PermissionUsed, analyzer.PermissionNotSeen,
			analyzer.PermissionNotObservable, analyzer.CoverageGaps, analyzer.CoveragePlausible, analyzer.CoverageComplete)
	case "Reason":
		return among(analyzer.GapNoFiles, analyzer.GapNoReadEvents, analyzer.GapSilentRegion, analyzer.GapUnread)
	case "Feature":
		return rapid.SampledFrom([]string{"ebs-volumes", "other-ecs-session", "役割の名前", "a"})
	default:
		return rapid.OneOf(anyString, anyName)
	}
}

// drawn is a document of any content.
func drawn[T any](t *rapid.T, name string) T {
	var document T
	drawAll(t, name, reflect.ValueOf(&document).Elem())
	return document
}
