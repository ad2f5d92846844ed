/** A script names its style sheet by an import; esbuild makes a file of it beside the script. */
declare module '*.css' {}
