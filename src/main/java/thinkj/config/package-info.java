/**
 * Configs: one self-validating record per recipe, read strictly from YAML. Nobody else sees YAML.
 *
 * <p>A recipe's record states its keys as components (camel case; snake case in the file) and refuses bad values in its constructor
 * through {@link thinkj.config.Rules}. {@link thinkj.config.ConfigLoader} binds a file to it: every key must be stated, and all that is
 * wrong with a file is said at once, by file and line. Enum values are written in lower case with hyphens.
 *
 * <p>Configs end at the recipe: losses, ops and samplers take plain arguments.
 */
package thinkj.config;
