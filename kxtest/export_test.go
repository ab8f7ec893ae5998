package kxtest

// MaxRequests is the number of requests that the journal keeps.
const MaxRequests = journalLength

// AddToJournal adds a request to the journal as if the server had received it.
func (s *Server) AddToJournal(r *Request) { s.journal.add(r) }
