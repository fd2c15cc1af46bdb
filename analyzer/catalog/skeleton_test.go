package catalog

import (
	"testing"
)

func TestSkeleton(t *testing.T) {
	for _, test := range []struct{ a, b, why string }{
		{"ECSGateway", "ecsgateway", "case"},
		{"ecs-service-scheduler", "ecs_service.scheduler", "separators"},
		{"ecs-service-scheduler", "ecs–service\u2011scheduler", "dashes of Unicode"},
		{"ECSGateway", " ECS Gate\tway\u00a0\n", "white space"},
		{"ECSGateway", "ECS\u200bGate\u200dway\ufeff\u00ad", "invisible characters"},
		{"ECSGateway", "\u202eECSGateway\u202c", "direction marks"},
		{"ECSGateway", "ＥＣＳＧａｔｅｗａｙ", "fullwidth"},
		{"ECSGateway", "𝐄𝐂𝐒𝐆𝐚𝐭𝐞𝐰𝐚𝐲", "mathematical letters"},
		{"ECSGateway", "ECSGàtéwaỳ", "accents"},
		{"ECSGateway", "ЕСЅGаtеwау", "Cyrillic"},
		{"ECSGateway", "ECSGateШay", "a Cyrillic capital that resembles no more than its small form does"},
		{"ECSGateway", "ΕCSGαtεωαγ", "Greek"},
		{"ECSGateway", "EC5Gateway", "digits"},
		{"ECSGateway", "ECSGatevvay", "two letters for one"},
		{"ECSTaskVolumesForEBS", "ECSTaskVolurnesF0rE8S", "rn for m, 0 for o, 8 for b"},
		{"ECSTaskVolumesForEBS", "ECSTaskVoIumesForEBS", "I for l"},
		{"ECSTaskVolumesForEBS", "ECSTaskVo|umesForEBS", "| for l"},
		{"ECS-Lambda-Execution", "ECS-1ambda-Execut1on", "1 for l and for i"},
	} {
		if a, b := Skeleton(test.a), Skeleton(test.b); a != b {
			t.Errorf("%s: %q is %q, %q is %q", test.why, test.a, a, test.b, b)
		}
	}
}

// Names that a reader can tell apart must stay apart, those of the catalog above all.
func TestSkeletonKeepsApart(t *testing.T) {
	exact, _ := load(t).SessionNamePatterns()
	seen := make(map[string]string)
	for _, name := range append([]string{"ECSTaskVolumeForEBS", "ECSManagedInstancesForTasks", "ecs-eni-provisioning", "AutoScaling"}, exact...) {
		if other, ok := seen[Skeleton(name)]; ok {
			t.Errorf("%q and %q have one skeleton", name, other)
		}
		seen[Skeleton(name)] = name
	}
}

// A skeleton is its own skeleton, and neither case nor separators change it.
func FuzzSkeleton(f *testing.F) {
	for _, name := range []string{"ECSTaskVolumesForEBS", "rrnn", "vVv", "İı", "Ǆ", "ΐ", "\xff", "r\u0301n", "ﬃ", "K", "\xf7Ǔ"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		skeleton := Skeleton(name)
		if again := Skeleton(skeleton); again != skeleton {
			t.Errorf("%q: %q, then %q", name, skeleton, again)
		}
		if other := Skeleton("-" + name + "_."); other != skeleton {
			t.Errorf("%q: %q, with separators around it %q", name, skeleton, other)
		}
	})
}
