// Package chooser lets a user choose a row of a table at the terminal.
package chooser

import "strings"

// Table is what the user chooses from.
type Table struct {
	// Prompt precedes the filter, such as "Pod". Summary follows the number of rows.
	Prompt, Summary string
	Header          []string
	// Rows are in the order in which they are shown. Their cells are ASCII, and one line each.
	Rows [][]string
	// Names is how many columns from the left are names, which a narrow terminal cuts in the
	// middle. The filter looks in the names and in the next column. Kept is how many columns from
	// the left a narrow terminal shows.
	Names, Kept int
}

// Outcome is what the typed keys mean.
type Outcome int

const (
	// Undecided means that the user still chooses.
	Undecided Outcome = iota
	// Chosen means that the user has taken the selected row.
	Chosen
	// Left means that the user wants none of the rows.
	Left
)

// Chooser is the state of a choice: keys change it, and Screen shows it.
type Chooser struct {
	table    Table
	widths   []int    // of the columns
	texts    []string // names and state of the rows, in lower case, for the filter
	filter   string
	matches  []int  // the rows that the filter selects
	selected int    // an index of matches
	top      int    // the index of the first match on the screen
	page     int    // how many rows the screen shows
	pending  []byte // an escape sequence whose end has not arrived
}

// New returns a Chooser that shows all rows and selects the first.
func New(table Table) *Chooser {
	c := &Chooser{table: table, widths: make([]int, len(table.Header)), page: 1}
	for i, title := range table.Header {
		c.widths[i] = len(title)
	}
	for _, row := range table.Rows {
		for i := range c.widths {
			c.widths[i] = max(c.widths[i], len(row[i]))
		}
		c.texts = append(c.texts, strings.ToLower(strings.Join(row[:table.Names+1], " ")))
	}
	c.applyFilter()
	return c
}

// Selected returns the index of the selected row.
func (c *Chooser) Selected() int { return c.matches[c.selected] }

// Type changes the choice as the typed bytes say. It ignores what follows the last decision.
func (c *Chooser) Type(typed []byte) Outcome {
	typed = append(c.pending, typed...)
	for len(typed) > 0 {
		key, length := nextKey(typed)
		if length == 0 {
			break
		}
		typed = typed[length:]
		outcome := c.press(key)
		if outcome != Undecided {
			return outcome
		}
	}
	c.pending = typed
	return Undecided
}

// Waits reports whether the last typed byte may begin a sequence. It is the key Escape if no other
// byte follows soon.
func (c *Chooser) Waits() bool { return len(c.pending) > 0 }

// EndSequence decides that no other byte follows.
func (c *Chooser) EndSequence() Outcome {
	alone := len(c.pending) == 1
	c.pending = nil
	if alone {
		return Left
	}
	return Undecided
}

func (c *Chooser) press(key int) Outcome {
	switch key {
	case keyNone:
	case keyUp:
		c.selected--
	case keyDown:
		c.selected++
	case keyPageUp:
		c.selected -= c.page
	case keyPageDown:
		c.selected += c.page
	case keyHome:
		c.selected = 0
	case keyEnd:
		c.selected = len(c.matches) - 1
	case keyEnter:
		if len(c.matches) > 0 && c.page > 0 { // the user sees the row
			return Chosen
		}
	case keyLeave:
		return Left
	case keyErase:
		c.filter = c.filter[:max(0, len(c.filter)-1)]
		c.applyFilter()
	case keyEraseAll:
		c.filter = ""
		c.applyFilter()
	default:
		if len(c.filter) < maxFilter {
			c.filter += string(rune(key))
			c.applyFilter()
		}
	}
	c.selected = max(0, min(c.selected, len(c.matches)-1))
	return Undecided
}

// maxFilter is longer than any name.
const maxFilter = 300

// applyFilter selects the rows that contain each word of the filter, and of these the first.
func (c *Chooser) applyFilter() {
	words := strings.Fields(strings.ToLower(c.filter))
	c.matches, c.selected = c.matches[:0], 0
rows:
	for i, text := range c.texts {
		for _, word := range words {
			if !strings.Contains(text, word) {
				continue rows
			}
		}
		c.matches = append(c.matches, i)
	}
}
