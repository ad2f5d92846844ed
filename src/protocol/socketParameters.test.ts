import { expect, it } from 'vitest';
import { socketParameters } from './socketParameters.ts';

function parametersOf(query: string) {
  return socketParameters(new URL(`http://localhost/peerjs?${query}`));
}

it('reads key, id, token, ask and page, decoded', () => {
  const query = 'key=peerjs&ask=ROOM&id=Zo%C3%AB+7&token=a%26b&page=new&version=1.5.5';
  expect(parametersOf(query)).toEqual({
    key: 'peerjs',
    id: 'Zoë 7',
    token: 'a&b',
    ask: 'ROOM',
    page: 'new',
  });
});

it('reads what is absent as empty', () => {
  expect(parametersOf('id&unknown=1')).toEqual({ key: '', id: '', token: '', ask: '', page: '' });
});

it('takes the last of a parameter that is given twice', () => {
  expect(parametersOf('id=first&id=last&key=a&key=b')).toMatchObject({ key: 'b', id: 'last' });
});
