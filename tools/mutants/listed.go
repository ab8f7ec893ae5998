package main

import (
	"os"
	"regexp"
	"strings"
)

// row is a row of the table of mutants that may live: what mutant.String returns, and the reason.
var row = regexp.MustCompile("(?m)^\\| (\\S+(?: \\S+)?: `.+` → `.+`) \\| \\S.* \\|$")

// readListed returns the mutants that the tables of a Markdown file say may live.
func readListed(file string) (listed map[string]bool, err error) {
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	listed = map[string]bool{}
	for _, match := range row.FindAllStringSubmatch(string(text), -1) {
		listed[unescapePipes(match[1])] = true
	}
	return listed, nil
}

// unescapePipes undoes what a table of Markdown needs in a cell.
func unescapePipes(cell string) string {
	return strings.ReplaceAll(cell, `\|`, "|")
}
