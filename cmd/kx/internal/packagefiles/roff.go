package main

import (
	"bytes"
	"regexp"
	"strings"
)

// roff is a page in the making.
type roff struct{ bytes.Buffer }

// escaper replaces the characters that roff would read as something else. A hyphen stays the ASCII
// one, so that a flag can be copied.
var escaper = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~",
	`\(ti`)

// escape returns text as roff prints it. A line that begins with a dot would be a macro.
func escape(text string) string {
	text = escaper.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

// line writes a line as it is.
func (p *roff) line(text string) { p.WriteString(text + "\n") }

// text writes a line of text.
func (p *roff) text(text string) { p.line(escape(text)) }

// macro writes a macro and its arguments.
func (p *roff) macro(name string, arguments ...string) {
	for i, argument := range arguments {
		arguments[i] = strings.ReplaceAll(escape(argument), `"`, `\(dq`)
	}
	p.plainMacro(name, arguments...)
}

// plainMacro writes a macro whose arguments stay as they are.
func (p *roff) plainMacro(name string, arguments ...string) {
	line := "." + name
	for _, argument := range arguments {
		line += ` "` + argument + `"`
	}
	p.line(line)
}

// term writes a term, and its meaning below it.
func (p *roff) term(name, meaning string) {
	p.macro("TP")
	p.line(`\fB` + escape(name) + `\fP`)
	p.text(meaning)
}

// code writes lines that stay as they are.
func (p *roff) code(lines []string) {
	p.macro("PP")
	p.macro("RS", "4")
	p.macro("nf")
	for _, line := range lines {
		p.text(line)
	}
	p.macro("fi")
	p.macro("RE")
}

// item matches an item of a numbered list.
var item = regexp.MustCompile(`^(\d+\.) (.*)`)

// markdown writes the paragraphs, tables of two columns and lists of a page of Markdown.
func (p *roff) markdown(text string) {
	afterHeading := true
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		heading, isHeading := strings.CutPrefix(paragraph, "### ")
		if isHeading {
			p.macro("SS", heading)
			afterHeading = true
			continue
		}
		if !afterHeading && !strings.HasPrefix(paragraph, "|") && !item.MatchString(paragraph) {
			p.macro("PP")
		}
		afterHeading = false
		for row, line := range strings.Split(paragraph, "\n") {
			cells := strings.Split(strings.Trim(line, "| "), " | ")
			number := item.FindStringSubmatch(line)
			switch {
			case strings.HasPrefix(line, "|") && row < 2: // the head of a table
			case strings.HasPrefix(line, "|") && len(cells) == 2:
				p.term(unquote(cells[0]), unquote(cells[1]))
			case number != nil:
				p.term(number[1], unquote(number[2]))
			default:
				p.text(unquote(strings.TrimSpace(line)))
			}
		}
	}
}

// unquote drops the marks of code.
func unquote(text string) string { return strings.ReplaceAll(text, "`", "") }
