/** A listener for what needs no answer, such as the error of a stream: what fails also closes. */
export function ignore(): void {}
