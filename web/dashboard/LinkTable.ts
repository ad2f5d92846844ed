import type { Summary } from '../../src/metrics/formats.ts';
import type { LinkFailure, LinkRoute } from '../../src/protocol/linkReports.ts';
import { find, make } from '../shared/dom.ts';
import { type LinkRow, linkRows } from './linkRows.ts';

const MAX_ROWS = 50;

/** The routes in words. */
const ROUTES: Readonly<Record<LinkRoute, string>> = {
  host: 'directly',
  srflx: 'through routers',
  relay: 'through TURN',
  server: 'through this server',
};
const LINK_ROUTES = Object.keys(ROUTES) as LinkRoute[];

/** Why there is no link, in words. */
const FAILURES: Readonly<Record<LinkFailure, string>> = {
  'no-path': 'no way between the two networks',
  'no-answer': 'the other page was gone or silent',
  other: 'something else',
};
const LINK_FAILURES = Object.keys(FAILURES) as LinkFailure[];

const whole = (value: number) => value.toLocaleString('en');
const percent = (share: number) =>
  share.toLocaleString('en', { style: 'percent', maximumFractionDigits: 0 });

/** How players connect, as they say. Hidden until somebody does. */
export class LinkTable {
  readonly #section = find('#links', HTMLElement);
  readonly #body = find('#link-rows', HTMLElement);
  readonly #note = find('#links-note', HTMLElement);

  show({ links, linkFailures, secondsToLink }: Summary['counters']): void {
    const rows = linkRows(links);
    const [all] = rows;
    this.#section.hidden = all === undefined;
    if (all === undefined) return;
    this.#body.replaceChildren(...rows.slice(0, MAX_ROWS).map(rowElement));
    const reasons = LINK_FAILURES.filter((reason) => linkFailures[reason] > 0).map(
      (reason) => `${whole(linkFailures[reason])} ${reason} (${FAILURES[reason]})`,
    );
    const made = all.attempts * all.connected;
    const routes = LINK_ROUTES.filter((route) => all.routes[route] > 0).map(
      (route) => `${percent(all.routes[route])} ${ROUTES[route]}`,
    );
    this.#note.textContent = [
      made > 0 ? `Of those that connect, ${routes.join(', ')}.` : '',
      made > 0 ? `It takes ${(secondsToLink / made).toFixed(1)} s on average.` : '',
      reasons.length > 0 ? `Failed: ${reasons.join(', ')}.` : '',
      'Each point of the chart stands for the 15 minutes before it.',
      'As players report; the kind of a network is a guess.',
    ]
      .filter((sentence) => sentence !== '')
      .join(' ');
  }
}

function rowElement(row: LinkRow): HTMLElement {
  const element = make('tr');
  const from = make('th', row.from);
  from.scope = 'row';
  const { relay, server } = row.routes;
  const relayed = row.connected === 0 ? '–' : percent(relay + server);
  const cells = [whole(row.attempts), percent(row.connected), relayed];
  element.append(from, ...cells.map((cell) => make('td', cell, 'number')));
  return element;
}
