package parity_test

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

// filler fills the API's types with values that the API server could send.
func filler(seed int64) *randfill.Filler {
	return randfill.NewWithSeed(seed).NilChance(.3).NumElements(0, 2).MaxDepth(20).Funcs(
		func(t *metav1.Time, c randfill.Continue) { t.Time = time.Unix(c.Int63n(1<<32), 0).UTC() },
		func(t *metav1.MicroTime, c randfill.Continue) { t.Time = time.UnixMicro(c.Int63n(1 << 52)).UTC() },
		func(q *resource.Quantity, c randfill.Continue) {
			formats := []resource.Format{resource.DecimalSI, resource.BinarySI, resource.DecimalExponent}
			*q = *resource.NewMilliQuantity(c.Int63n(1<<50), formats[c.Intn(len(formats))])
		},
		func(v *intstr.IntOrString, c randfill.Continue) {
			*v = []intstr.IntOrString{intstr.FromInt32(c.Int31()), intstr.FromString(c.String(0))}[c.Intn(2)]
		},
		// Never nil, which would be null.
		func(b *[]byte, c randfill.Continue) { *b = []byte(c.String(8)) },
		func(f *metav1.FieldsV1, _ randfill.Continue) { f.Raw = []byte(`{"f:spec":{".":{}}}`) },
		func(e *runtime.RawExtension, _ randfill.Continue) { e.Raw = []byte(`{"kind":"Pod"}`) },
		func(v *any, c randfill.Continue) { *v = []any{"text", true, nil, float64(c.Int31())}[c.Intn(4)] },
	)
}

func TestTheModelsKeepAllMembersOfTheAPIsTypes(t *testing.T) {
	for _, p := range pairs {
		t.Run(reflect.TypeOf(p.ours).Name(), func(t *testing.T) {
			for seed := range int64(100) {
				theirs := reflect.New(reflect.TypeOf(p.theirs))
				filler(seed).Fill(theirs.Interface())
				doc, err := stdjson.Marshal(theirs.Interface())
				require.NoError(t, err)

				ours := reflect.New(reflect.TypeOf(p.ours))
				require.NoError(t, json.Unmarshal(doc, ours.Interface()))
				out, err := stdjson.Marshal(ours.Interface())
				require.NoError(t, err)
				require.Empty(t, difference(parse(t, doc), parse(t, out), ""), "seed %d", seed)
			}
		})
	}
}

func parse(t *testing.T, doc []byte) (v any) {
	t.Helper()
	d := stdjson.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	require.NoError(t, d.Decode(&v))
	return v
}

// difference returns the first difference between two documents. A null member equals an absent
// one.
func difference(want, got any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return path
		}
		for name := range got {
			if _, ok := want[name]; !ok && got[name] != nil {
				return path + "/" + name
			}
		}
		for name := range want {
			d := difference(want[name], got[name], path+"/"+name)
			if d != "" {
				return d
			}
		}
		return ""
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return path
		}
		for i := range want {
			d := difference(want[i], got[i], fmt.Sprint(path, "/", i))
			if d != "" {
				return d
			}
		}
		return ""
	}
	if want != got {
		return fmt.Sprintf("%s: %v became %v", path, want, got)
	}
	return ""
}
