import { accessKey, hasOwnKey, knownAccessKey } from '../shared/accessKey.ts';
import { copyOnClick } from '../shared/copyButton.ts';
import { find, make } from '../shared/dom.ts';
import { fetchIceSetup } from '../shared/iceServers.ts';
import { randomName } from '../shared/randomName.ts';
import { peerOptions } from '../shared/server.ts';
import { type FriendTest, visitFriend, waitForFriend } from './friend.ts';
import { formatMilliseconds } from './report.ts';
import { routeSentence } from './route.ts';

const CODE = /^[a-z0-9]{12}$/;

/**
 * The part of the page that tests the path to a friend's device. A player who opened a friend's link is the
 * visitor; everybody else may make a link.
 */
export function offerFriendTest(token: () => string | undefined): void {
  const card = find('#friend', HTMLElement);
  const text = find('#friend-text', HTMLElement);
  const start = find('#friend-start', HTMLButtonElement);
  const linkRow = find('#friend-link', HTMLElement);
  const url = find('#friend-url', HTMLInputElement);
  const given = new URLSearchParams(location.search).get('friend') ?? '';
  const isVisitor = CODE.test(given);

  if (isVisitor) {
    card.classList.add('visitor');
    find('#friend-title', HTMLElement).textContent = 'A friend asks you for a test';
    text.textContent =
      'It shows whether your two devices find a way to each other. Your friend’s page must be open.';
    start.textContent = 'Connect to your friend';
    start.classList.add('primary');
  }
  const copyButton = find('#friend-copy', HTMLButtonElement);
  copyOnClick(copyButton, () => url.value);
  url.addEventListener('focus', () => url.select());
  start.addEventListener('click', () => void test());
  start.disabled = false;

  async function test(): Promise<void> {
    start.disabled = true;
    const code = isVisitor ? given : randomName(12);
    const room = `friend-${code}`;
    const key = await accessKey();
    show({ kind: 'joining' });
    const { iceServers } = await fetchIceSetup(room, key, token());
    const signed = token();
    const options = {
      ...peerOptions(room, key, iceServers),
      ...(signed === undefined ? {} : { token: signed }),
    };
    if (isVisitor) {
      await visitFriend(options, `visitor-${randomName(12)}`, `host-${code}`, show);
      return;
    }
    url.value = linkFor(code);
    await waitForFriend(options, `host-${code}`, (state) => {
      linkRow.hidden = state.kind !== 'waiting';
      show(state);
    });
  }

  function show(state: FriendTest): void {
    find('#friend-status', HTMLElement).replaceChildren(...wordsOf(state));
    const hasEnded = state.kind === 'connected' || state.kind === 'failed';
    start.hidden = !hasEnded;
    start.disabled = !hasEnded;
    if (hasEnded) start.textContent = isVisitor ? 'Connect again' : 'Make another link';
    // A button that is hidden takes the focus along.
    if (document.activeElement !== document.body) return;
    if (hasEnded) start.focus();
    if (state.kind === 'waiting') copyButton.focus();
  }
}

function linkFor(code: string): string {
  const url = new URL(location.pathname, location.href);
  url.searchParams.set('friend', code);
  if (hasOwnKey()) url.hash = `key=${knownAccessKey()}`;
  return url.href;
}

function wordsOf(state: FriendTest): HTMLElement[] {
  switch (state.kind) {
    case 'joining':
      return [make('p', 'Joining', 'muted')];
    case 'waiting':
      return [make('p', 'Send the link to a friend, and keep this page open.', 'muted')];
    case 'connecting':
      return [make('p', 'Connecting', 'muted')];
    case 'connected':
      return [
        make('h3', 'You reach each other'),
        make('p', `${routeSentence(state.route)}.`),
        make('p', `${formatMilliseconds(state.roundTrip)} there and back.`, 'muted'),
      ];
    case 'failed':
      return [make('h3', state.headline), make('p', state.remedy, 'muted')];
    default:
      return state satisfies never;
  }
}
