// Evaluates rules over the past of a Prometheus, minute by minute, with the code of Prometheus. Prometheus
// itself evaluates rules only now.
//
// usage: evaluate RULES DATA RESULTS
//
// DATA is a directory with blocks. What the rules record, and ALERTS, is added to it at the end; until then
// it is in RESULTS, an empty directory. Prints each alert that fired, as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/prometheus/common/promslog"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

const (
	interval = time.Minute
	// The samples have no staleness markers, so a series ends when its next sample is missing.
	lookback = 90 * time.Second
)

// episode is an alert from its first firing to its end.
type episode struct {
	Alert       string            `json:"alert"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	// Seconds since 1970.
	Begin int64 `json:"begin"`
	End   int64 `json:"end,omitempty"`
}

// past is what was scraped, and what the rules have recorded of it.
type past struct {
	scraped, recorded *tsdb.DB
}

func (p past) Querier(begin, end int64) (storage.Querier, error) {
	scraped, err := p.scraped.Querier(begin, end)
	if err != nil {
		return nil, err
	}
	recorded, err := p.recorded.Querier(begin, end)
	if err != nil {
		return nil, err
	}
	both := []storage.Querier{scraped, recorded}
	return storage.NewMergeQuerier(both, nil, storage.ChainedSeriesMerge), nil
}

// alerts keeps the episodes.
type alerts struct {
	open map[uint64]*episode
	all  []*episode
}

// update takes over the alerts of a rule that fire at this time.
func (a *alerts) update(groups []*rules.Group, now time.Time) {
	firing := map[uint64]bool{}
	for _, group := range groups {
		for _, rule := range group.AlertingRules() {
			for _, alert := range rule.ActiveAlerts() {
				if alert.State != rules.StateFiring {
					continue
				}
				id := alert.Labels.Hash()
				firing[id] = true
				if a.open[id] == nil {
					a.open[id] = &episode{
						Alert:       rule.Name(),
						Labels:      alert.Labels.Map(),
						Annotations: alert.Annotations.Map(),
						Begin:       now.Unix(),
					}
					a.all = append(a.all, a.open[id])
				}
			}
		}
	}
	for id, episode := range a.open {
		if !firing[id] {
			episode.End = now.Unix()
			delete(a.open, id)
		}
	}
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 3 {
		return fmt.Errorf("usage: evaluate RULES DATA RESULTS")
	}
	past, err := open(arguments[1], arguments[2])
	if err != nil {
		return err
	}
	defer past.scraped.Close()
	defer past.recorded.Close()
	found, err := evaluate(arguments[0], past)
	if err != nil {
		return err
	}
	if err := past.recorded.Snapshot(arguments[1], true); err != nil {
		return err
	}
	output := json.NewEncoder(os.Stdout)
	output.SetIndent("", "  ")
	return output.Encode(found)
}

// open opens the blocks, and a new database for what the rules record.
func open(data, results string) (past, error) {
	options := tsdb.DefaultOptions()
	options.RetentionDuration = 0
	scraped, err := tsdb.Open(data, promslog.NewNopLogger(), nil, options, nil)
	if err != nil {
		return past{}, err
	}
	scraped.DisableCompactions()
	if len(scraped.Blocks()) == 0 {
		return past{}, fmt.Errorf("%s has no blocks", data)
	}
	recorded, err := tsdb.Open(results, promslog.NewNopLogger(), nil, options, nil)
	return past{scraped, recorded}, err
}

// times returns the first and the last time of the evaluations: a quarter of a minute after a scrape.
func (p past) times() (time.Time, time.Time) {
	blocks := p.scraped.Blocks()
	begin, end := blocks[0].MinTime(), blocks[0].MaxTime()
	for _, block := range blocks {
		begin, end = min(begin, block.MinTime()), max(end, block.MaxTime())
	}
	return time.UnixMilli(begin).Add(interval / 4), time.UnixMilli(end)
}

func evaluate(file string, past past) ([]*episode, error) {
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples:           500_000_000,
		Timeout:              time.Hour,
		LookbackDelta:        lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
	})
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:  rules.EngineQueryFunc(engine, past),
		Appendable: past.recorded,
		Context:    context.Background(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		Logger:     promslog.NewNopLogger(),
	})
	byName, errs := manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, file)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	groups, err := ordered(byName, file)
	if err != nil {
		return nil, err
	}
	found := &alerts{open: map[uint64]*episode{}}
	begin, end := past.times()
	for now := begin; !now.After(end); now = now.Add(interval) {
		for _, group := range groups {
			group.Eval(context.Background(), now)
			for _, rule := range group.Rules() {
				if err := rule.LastError(); err != nil {
					return nil, fmt.Errorf("%s: %w", rule.Name(), err)
				}
			}
		}
		found.update(groups, now)
		progress(begin, now, end)
	}
	return found.all, nil
}

// ordered returns the groups in the order of the file, so that one reads what an earlier one records.
func ordered(byName map[string]*rules.Group, file string) ([]*rules.Group, error) {
	content, errs := rulefmt.ParseFile(file, false)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	place := map[string]int{}
	for index, group := range content.Groups {
		place[group.Name] = index
	}
	groups := make([]*rules.Group, 0, len(byName))
	for _, group := range byName {
		for _, rule := range group.AlertingRules() {
			// Otherwise ALERTS is not recorded.
			rule.SetRestored(true)
		}
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b *rules.Group) int { return place[a.Name()] - place[b.Name()] })
	return groups, nil
}

// progress shows the share of the time on a terminal.
func progress(begin, now, end time.Time) {
	if now.Minute() != 0 && now.Before(end) {
		return
	}
	if info, err := os.Stderr.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "\r%3.0f %% of the rules evaluated", 100*now.Sub(begin).Seconds()/end.Sub(begin).Seconds())
}
