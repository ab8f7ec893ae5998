package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdxlib"
)

// noAssertion is SPDX's word for a field that the document says nothing about.
const noAssertion = "NOASSERTION"

// sbom returns the parts of an archive's programs as an SPDX 2.3 document: the programs, the
// modules in them and Go's standard library, as the go command wrote them into the programs.
func sbom(a archive, programs []file, date time.Time) ([]byte, error) {
	doc := &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName:      a.base(),
		DocumentNamespace: "https://spdx.org/spdxdocs/" + a.base() + "-" + a.sha256(),
		CreationInfo: &spdx.CreationInfo{
			Creators: []spdx.Creator{{CreatorType: "Tool", Creator: "kx-dist-" + a.version}},
			Created:  date.UTC().Format(time.RFC3339),
		},
	}
	for _, program := range programs {
		info, err := buildinfo.Read(bytes.NewReader(program.content))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", program.name, err)
		}
		addProgram(doc, program, info, a.version)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err := json.Write(doc, &text, json.Indent("  "), json.EscapeHTML(false))
	return text.Bytes(), err
}

func addProgram(doc *spdx.Document, program file, info *debug.BuildInfo, version string) {
	id := addPackage(doc, &spdx.Package{
		PackageName: program.name, PackageVersion: version, PackageFileName: program.name,
		PackageDownloadLocation: noAssertion, PackageLicenseConcluded: noAssertion,
		PackageLicenseDeclared: "Apache-2.0", PackageCopyrightText: noAssertion,
		PrimaryPackagePurpose: "APPLICATION",
		PackageChecksums: []spdx.Checksum{{Algorithm: common.SHA256,
			Value: sum(program.content)}},
	})
	relate(doc, "DOCUMENT", "DESCRIBES", id)
	modules := append([]*debug.Module{{Path: "stdlib",
		Version: strings.TrimPrefix(info.GoVersion, "go")}}, info.Deps...)
	for _, m := range modules {
		if m.Replace != nil {
			m = m.Replace
		}
		relate(doc, id, "DEPENDS_ON", addModule(doc, m))
	}
}

// addModule adds a module, unless it is there already, and returns its identifier. A module's
// checksum in go.sum is that of a list of files, which SPDX has no name for: it is a comment.
func addModule(doc *spdx.Document, m *debug.Module) spdx.ElementID {
	p := &spdx.Package{
		PackageName: m.Path, PackageVersion: m.Version, PackageDownloadLocation: noAssertion,
		PackageLicenseConcluded: noAssertion, PackageLicenseDeclared: noAssertion,
		PackageCopyrightText: noAssertion, PrimaryPackagePurpose: "LIBRARY",
		PackageExternalReferences: []*spdx.PackageExternalReference{{
			Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL,
			Locator: "pkg:golang/" + m.Path + "@" + m.Version,
		}},
	}
	if m.Sum != "" {
		p.PackageComment = "go.sum: " + m.Sum
	}
	return addPackage(doc, p)
}

// notInID matches what the identifier of an element may not contain.
var notInID = regexp.MustCompile(`[^A-Za-z0-9.]+`)

func addPackage(doc *spdx.Document, p *spdx.Package) spdx.ElementID {
	p.PackageSPDXIdentifier = spdx.ElementID("Package-" +
		notInID.ReplaceAllString(p.PackageName+"-"+p.PackageVersion, "-"))
	isThere := slices.ContainsFunc(doc.Packages, func(other *spdx.Package) bool {
		return other.PackageSPDXIdentifier == p.PackageSPDXIdentifier
	})
	if !isThere {
		doc.Packages = append(doc.Packages, p)
	}
	return p.PackageSPDXIdentifier
}

func relate(doc *spdx.Document, from spdx.ElementID, relation string, to spdx.ElementID) {
	doc.Relationships = append(doc.Relationships, &spdx.Relationship{
		RefA:         common.MakeDocElementID("", string(from)),
		RefB:         common.MakeDocElementID("", string(to)),
		Relationship: relation,
	})
}
