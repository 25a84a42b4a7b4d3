// Nada de la red: ni emojis como imágenes, ni fórmulas, que traerían sus letras.
export default {
  html: true,
  options: { emoji: { shortcode: false, unicode: false }, math: false },
};
