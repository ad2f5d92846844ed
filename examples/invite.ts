import { shareOnClick } from '../web/shared/copyButton.ts';
import { make } from '../web/shared/dom.ts';
import { isLocalPage, LOCAL_PAGE_NOTE } from '../web/shared/localPage.ts';

/**
 * `<room-invite code="kumora">`: what a friend needs to come in, at the top of each example. It shows the
 * code, and shares or copies the address of the page, which has the code in it.
 */
class RoomInvite extends HTMLElement {
  static readonly observedAttributes = ['code'];

  attributeChangedCallback(_name: string, _before: string | null, code: string): void {
    const label = make('span', 'Code: ');
    const text = make('span', code);
    text.id = 'code';
    label.append(text);
    const share = make('button', 'Copy the link', 'small');
    share.type = 'button';
    shareOnClick(share, () => location.href);
    this.replaceChildren(label, share);
    if (isLocalPage()) this.append(make('small', LOCAL_PAGE_NOTE, 'muted'));
  }
}

customElements.define('room-invite', RoomInvite);
