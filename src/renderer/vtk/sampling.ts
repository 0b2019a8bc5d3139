/** Where each mapper of vtk.js reads a value, as a regular expression, and what it reads. */
const PLACES = {
  slice: [[String.raw`return texture\(volumeTexture\[0\], tc0\);`, 'texture(volumeTexture[0], tc0)']],
  volume: [
    [String.raw`return texture\(volumeTexture\[0\], pos\);`, 'texture(volumeTexture[0], pos)'],
    [String.raw`return texelFetch\(volumeTexture\[0\], pos, 0\);`, 'texelFetch(volumeTexture[0], pos, 0)'],
  ],
} as const;

/**
 * Shaders that put the two bytes of a value together. Textures of one channel have nothing in the second, and are read as they are; what is filtered
 * between voxels stays so, since the sum is linear in both.
 * @param components values of a voxel: colours are left alone
 */
export function twoBytes(mapper: keyof typeof PLACES, components: 1 | 3): object {
  const ShaderReplacements = PLACES[mapper].map(([originalValue, read]) => ({
    shaderType: 'Fragment',
    originalValue,
    replaceFirst: false,
    replacementValue: `vec4 both = ${read};\n  both.r += 256.0 * both.g;\n  return both;`,
    replaceAll: true,
  }));
  return { OpenGL: { ShaderReplacements: components === 1 ? ShaderReplacements : [] } };
}
