/** A script imports its style sheet; esbuild writes it to a file beside the script. */
declare module '*.css' {}
