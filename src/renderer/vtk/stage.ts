import '@kitware/vtk.js/Rendering/OpenGL/Profiles/Volume';
import vtkOpenGLRenderWindow from '@kitware/vtk.js/Rendering/OpenGL/RenderWindow';
import vtkRenderWindow from '@kitware/vtk.js/Rendering/Core/RenderWindow';
import vtkRenderWindowInteractor from '@kitware/vtk.js/Rendering/Core/RenderWindowInteractor';
import type { Vec3 } from '@shared/space';
import { openContext } from './context';
import type { Gpu } from './context';
import { GpuFull, GpuVolume } from './gpuVolume';
import { SliceView } from './sliceView';
import type { SliceLook } from './sliceView';
import type { LayerLook, Rect, StageView, Voxels } from './types';
import { VolumeView } from './volumeView';
import type { VolumeLook } from './volumeView';

/** What is drawn in a part of the stage: a plane, or the volume as a whole. */
type Kind = 'slice' | 'volume';
type Look = SliceLook | VolumeLook;
interface Place {
  readonly study: string;
  readonly kind: Kind;
  readonly view: StageView<Look>;
  rect: Rect;
  look: Look | null;
}
/** Where a view lies and what it is. */
export interface Arranged {
  /** Whose volume it shows. */
  readonly study: string;
  readonly kind: Kind;
  readonly rect: Rect;
}

/** Milliseconds that a volume drawn by the CPU waits for planes, and planes for the one under the hand. */
const PAUSE = 300;
/** Milliseconds between two drawings while slices arrive: drawn at each, they would wait for the drawing. */
const STREAM = { gpu: 100, software: 600 } as const;
/** Milliseconds from the beginning of one drawing before which another one waits for the next frame. */
const FRAME = 15;
/** The study over which layers lie. */
const COVERED = 'main';

/** Whether two looks draw the same picture; parts that are the same object need no second glance. */
const same = (a: Look, b: Look): boolean =>
  Object.entries(a).every(([key, value]) => {
    const other = (b as unknown as Record<string, unknown>)[key];
    return value === other || JSON.stringify(value) === JSON.stringify(other);
  });

/**
 * One canvas, one WebGL context and one render window for all views: textures are there once, and a view that did not change is not
 * drawn again.
 */
export class Stage {
  readonly gpu: Gpu;
  readonly canvas = document.createElement('canvas');
  readonly #window = vtkRenderWindow.newInstance();
  /** vtk.js asks it whether something moves; it listens to nothing. */
  readonly #interactor = vtkRenderWindowInteractor.newInstance();
  readonly #context: WebGL2RenderingContext;
  readonly #gl: ReturnType<typeof vtkOpenGLRenderWindow.newInstance>;
  readonly #places = new Map<string, Place>();
  readonly #dirty = new Set<string>();
  readonly #volumes = new Map<string, GpuVolume>();
  readonly #layers = new Map<string, GpuVolume>();
  #cover: readonly { readonly volume: GpuVolume; readonly look: LayerLook }[] = [];
  #size = { width: 0, height: 0, ratio: 1 };
  #frame: number | null = null;
  #unfit = true;
  /** Studies of which no slice is on its way. */
  readonly #whole = new Set<string>();
  readonly #later = new Set<string>();
  #pause: ReturnType<typeof setTimeout> | null = null;
  readonly #streaming = new Set<string>();
  #stream: ReturnType<typeof setTimeout> | null = null;

  /** @throws Error where there is no WebGL2 */
  constructor(
    host: HTMLElement,
    private readonly on: { drawn(ids: readonly string[]): void; lost(): void; restored(): void },
  ) {
    this.canvas.className = 'stage-canvas';
    this.canvas.setAttribute('aria-hidden', 'true');
    host.prepend(this.canvas);
    const opened = openContext(this.canvas);
    if (!opened) throw new Error('no WebGL2');
    this.gpu = opened.gpu;
    this.#context = opened.gl;
    this.canvas.addEventListener('webglcontextlost', this.#lost);
    this.canvas.addEventListener('webglcontextrestored', this.#restored);
    this.#gl = vtkOpenGLRenderWindow.newInstance({ canvas: this.canvas, manageCanvas: false } as object);
    this.#window.addView(this.#gl);
    this.#window.setInteractor(this.#interactor);
    this.#interactor.setView(this.#gl);
    this.#gl.initialize();
  }

  readonly #lost = (event: Event): void => {
    event.preventDefault();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.on.lost();
  };
  readonly #restored = (): void => this.on.restored();

  /** The stage's size in CSS pixels, and device pixels a CSS pixel. */
  resize(width: number, height: number, ratio: number): void {
    if (this.#size.width === width && this.#size.height === height && this.#size.ratio === ratio) return;
    this.#size = { width, height, ratio };
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.#gl.setSize(this.canvas.width, this.canvas.height);
    for (const id of this.#places.keys()) this.#touch(id);
  }

  /** Shows these views at their places and no others. */
  arrange(views: ReadonlyMap<string, Arranged>): void {
    this.#unfit = true;
    for (const [id, { view, kind, study }] of this.#places) {
      const stays = views.get(id);
      if (stays?.kind === kind && stays.study === study) continue;
      this.#window.removeRenderer(view.renderer);
      view.dispose();
      this.#places.delete(id);
    }
    for (const [id, { study, kind, rect }] of views) {
      const place = this.#places.get(id) ?? this.#add(id, { study, kind, rect });
      place.rect = rect;
      const { width, height } = this.#size;
      place.view.renderer.setViewport(
        rect.x / width,
        1 - (rect.y + rect.height) / height,
        (rect.x + rect.width) / width,
        1 - rect.y / height,
      );
      this.#touch(id);
    }
  }

  #add(id: string, { study, kind, rect }: Arranged): Place {
    const view = (kind === 'slice' ? new SliceView() : new VolumeView()) as StageView<Look>;
    view.show(this.#volumes.get(study) ?? null);
    view.cover(study === COVERED ? this.#cover : []);
    this.#window.addRenderer(view.renderer);
    const place: Place = { study, kind, view, rect, look: null };
    this.#places.set(id, place);
    return place;
  }

  /**
   * Puts a study's volume on the stage in place of its present one, whose memory is given back.
   * @param whole false: slices are still on their way, and the volume as a whole waits for them
   * @returns false where the graphics have no room for it: nothing is shown then
   */
  show(study: string, voxels: Voxels | null, whole: boolean): boolean {
    const before = this.#volumes.get(study);
    if (before && before.voxels === voxels) return true;
    if (whole) this.#whole.add(study);
    else this.#whole.delete(study);
    this.#unfit = true;
    const own = [...this.#places.values()].filter((place) => place.study === study);
    // The one before makes room first: two large ones may not fit.
    for (const { view } of own) view.show(null);
    before?.dispose();
    const volume = this.#volumeOf(voxels);
    if (volume) this.#volumes.set(study, volume);
    else this.#volumes.delete(study);
    for (const place of own) {
      place.view.show(volume);
      // How the one before was looked at as a whole says nothing of this one.
      if (place.kind === 'volume') place.look = null;
    }
    // The stage is wiped: nothing of another volume may stay.
    for (const id of this.#places.keys()) this.#touch(id);
    return volume !== null || voxels === null;
  }
  #volumeOf(voxels: Voxels | null): GpuVolume | null {
    try {
      return voxels && new GpuVolume(this.#gl, this.#context, voxels);
    } catch (error) {
      if (error instanceof GpuFull) return null;
      throw error;
    }
  }

  /** Lays these over the volume, the lowest first, in place of those before; what stays is not sent to the GPU again. */
  cover(looks: readonly LayerLook[]): void {
    const wanted = new Map(looks.map((look) => [look.id, look.voxels]));
    const before = new Map(this.#layers);
    for (const { id, voxels } of looks)
      if (this.#layers.get(id)?.voxels !== voxels) this.#layers.set(id, new GpuVolume(this.#gl, this.#context, voxels));
    for (const id of before.keys()) if (!wanted.has(id)) this.#layers.delete(id);
    this.#cover = looks.map((look) => ({ volume: this.#layers.get(look.id)!, look }));
    for (const [id, { view, study }] of this.#places) {
      if (study !== COVERED) continue;
      view.cover(this.#cover);
      this.#touch(id);
    }
    for (const [id, volume] of before) if (this.#layers.get(id) !== volume) volume.dispose();
  }

  /**
   * A part of a layer's bytes was written: it alone goes to the GPU.
   * @param now view that is drawn with the next frame; the others follow when there is a pause. null: all at once
   */
  repaint(layer: string, from: Vec3, to: Vec3, now: string | null): void {
    this.#layers.get(layer)?.sendBox(from, to);
    for (const [id, { study, kind }] of this.#places) {
      if (study !== COVERED || kind !== 'slice') continue;
      if (now === null || id === now) this.#touch(id);
      else this.#soon(id);
    }
  }

  /** Slices have arrived in a study's voxels on the stage; `whole`: the last ones. */
  arrived(study: string, from: number, count: number, whole: boolean): void {
    this.#volumes.get(study)?.send(from, count);
    if (!whole) {
      this.#streaming.add(study);
      this.#stream ??= setTimeout(() => this.#drawStreamed(), STREAM[this.gpu.software ? 'software' : 'gpu']);
      return;
    }
    this.#whole.add(study);
    this.#streaming.delete(study);
    this.#touchStudy(study);
  }
  #drawStreamed(): void {
    this.#stream = null;
    for (const study of this.#streaming) this.#touchStudy(study);
    this.#streaming.clear();
  }
  #touchStudy(study: string): void {
    for (const [id, place] of this.#places) if (place.study === study) this.#touch(id);
  }

  look(id: string, look: Look): void {
    const place = this.#places.get(id);
    if (!place || (place.look && same(place.look, look))) return;
    place.look = look;
    this.#touch(id);
    if (place.kind === 'slice') this.#drawAtOnce();
  }

  /**
   * What the hand moved is drawn as soon as all views know of it, not with the next frame, which may be one frame's time away; unless this one has been drawn
   * already, or nobody sees it.
   */
  #drawAtOnce(): void {
    if (this.#atOnce || document.hidden || performance.now() - this.#began < FRAME) return;
    this.#atOnce = true;
    queueMicrotask(() => {
      this.#atOnce = false;
      this.draw();
    });
  }
  #atOnce = false;
  /** When the last drawing began. */
  #began = 0;

  #touch(id: string): void {
    const place = this.#places.get(id);
    if (place?.kind === 'volume' && !this.#whole.has(place.study)) return;
    // Where the CPU draws, rays take their time: planes never wait for them.
    if (place?.kind === 'volume' && this.gpu.software) return this.#soon(id);
    this.#dirty.add(id);
    this.#frame ??= requestAnimationFrame(() => this.draw());
  }
  #soon(id: string): void {
    this.#later.add(id);
    this.#pause ??= setTimeout(() => this.#drawLater(), PAUSE);
  }
  #drawLater(): void {
    this.#pause = null;
    for (const id of this.#later) this.#dirty.add(id);
    this.#later.clear();
    this.#frame ??= requestAnimationFrame(() => this.draw());
  }

  /** What lay between views before they were arranged anew must not stay there. */
  #wipe(): void {
    this.#unfit = false;
    const gl = this.#context;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /** Draws what waits, whatever it takes. */
  drawAll(): void {
    for (const id of this.#later) this.#dirty.add(id);
    this.#later.clear();
    this.draw();
  }

  /** Draws what changed since the last frame, now. */
  draw(): void {
    if (this.#unfit) this.#wipe();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    if (this.#context.isContextLost() || this.#size.width === 0) return;
    const drawn: string[] = [];
    for (const [id, { view, rect, look }] of this.#places) {
      const due = this.#dirty.has(id) && look !== null && rect.width > 0;
      view.renderer.setDraw(due);
      if (!due) continue;
      view.look(look, rect);
      drawn.push(id);
    }
    this.#dirty.clear();
    if (drawn.length === 0) return;
    this.#began = performance.now();
    this.#gl.traverseAllPasses();
    this.on.drawn(drawn);
  }

  /** Gives everything back: buffers, textures, the context. */
  dispose(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    if (this.#pause !== null) clearTimeout(this.#pause);
    if (this.#stream !== null) clearTimeout(this.#stream);
    this.canvas.removeEventListener('webglcontextlost', this.#lost);
    this.canvas.removeEventListener('webglcontextrestored', this.#restored);
    for (const volume of this.#volumes.values()) volume.dispose();
    for (const layer of this.#layers.values()) layer.dispose();
    for (const { view } of this.#places.values()) {
      this.#window.removeRenderer(view.renderer);
      view.dispose();
    }
    this.#places.clear();
    this.#window.removeView(this.#gl);
    this.#interactor.delete();
    this.#gl.delete();
    this.#window.delete();
    // A browser keeps a handful of contexts: this one is not waited for.
    this.#context.getExtension('WEBGL_lose_context')?.loseContext();
    this.canvas.remove();
  }
}
