import { expect, it } from 'vitest';
import { socketParameters } from './socketParameters.ts';

function parametersOf(query: string) {
  return socketParameters(new URL(`http://localhost/peerjs?${query}`));
}

it('reads key, id and token, decoded', () => {
  expect(parametersOf('key=peerjs&id=Zo%C3%AB+7&token=a%26b&version=1.5.5')).toEqual({
    key: 'peerjs',
    id: 'Zoë 7',
    token: 'a&b',
  });
});

it('reads what is absent as empty', () => {
  expect(parametersOf('id&unknown=1')).toEqual({ key: '', id: '', token: '' });
});

it('takes the last of a parameter that is given twice', () => {
  expect(parametersOf('id=first&id=last&key=a&key=b')).toEqual({ key: 'b', id: 'last', token: '' });
});
