# The table of contents. Every name here can be imported from clusterkit.

# the whole job, and its result
from .pipeline import cluster_characters as cluster_characters
from .pipeline import open_result as open_result
from .results import Result as Result
from .results import load_result as load_result

# settings
from .settings import ClusterSettings as ClusterSettings
from .settings import QualityThresholds as QualityThresholds
from .settings import Settings as Settings

# frames and images
from .frames import find_frames as find_frames
from .images import Picture as Picture
from .images import decode_image as decode_image

# quality
from .quality import judge_quality as judge_quality
from .quality import measure_quality as measure_quality

# embeddings
from .encoders import Encoder as Encoder
from .encoders import load_encoder as load_encoder
from .measurements import Measurements as Measurements
from .measurements import measure as measure
from .store import MeasurementStore as MeasurementStore

# clusters
from .clustering import Clustering as Clustering
from .clustering import find_representatives as find_representatives
from .clustering import select_frames as select_frames
from .clustering import spread_cut as spread_cut
from .clustering import tabulate_assignments as tabulate_assignments
from .cuts import Cut as Cut
from .cuts import cut_hierarchy as cut_hierarchy
from .cuts import sweep_cuts as sweep_cuts
from .hierarchy import Hierarchy as Hierarchy
from .hierarchy import build_hierarchy as build_hierarchy

# looking and tuning
from .explorer import Explorer as Explorer
from .explorer import ExplorerState as ExplorerState
from .material import Material as Material
from .widgets import Tuner as Tuner

# pictures and folders
from .organize import write_result as write_result
from .plots import draw_projection as draw_projection
from .projection import Projection as Projection
from .projection import project_pca as project_pca
from .projection import project_umap as project_umap

# the report
from .report import write_report as write_report

# training sets
from .datasets.captions import write_caption as write_caption
from .datasets.export import export_dataset as export_dataset
from .datasets.outcome import Export as Export
from .datasets.options import ExportOptions as ExportOptions
from .datasets.preflight import Preflight as Preflight
from .datasets.preflight import check_export as check_export
from .datasets.selection import select_varied as select_varied

# what people decide
from .decisions.characters import Characters as Characters
from .decisions.characters import apply_decisions as apply_decisions
from .decisions.kinds import Decision as Decision
from .decisions.log import DecisionLog as DecisionLog
from .decisions.log import read_log as read_log
from .labelling.session import Labelling as Labelling
from .labelling.state import LabellingState as LabellingState
from .results import import_decisions as import_decisions

# how good it is
from .comparison import compare_encoders as compare_encoders
from .evaluation import Evaluation as Evaluation
from .evaluation import evaluate_labels as evaluate_labels
from .evaluation import read_labels as read_labels
from .retrieval import Retrieval as Retrieval
from .retrieval import score_retrieval as score_retrieval
from .samples import find_sample as find_sample

# what can go wrong
from .errors import ClusterkitError as ClusterkitError
from .errors import EncoderError as EncoderError
from .errors import InputError as InputError
from .errors import NotebookError as NotebookError
from .errors import OutputError as OutputError
from .errors import SettingsError as SettingsError

__version__: str
