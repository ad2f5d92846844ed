import './examples.css';
import { hasOwnKey } from '../shared/accessKey.ts';
import { find } from '../shared/dom.ts';

find('#own-key', HTMLElement).hidden = !hasOwnKey();
const { signedTokens } = document.documentElement.dataset;
find('#signed-tokens', HTMLElement).hidden = signedTokens !== 'on';
