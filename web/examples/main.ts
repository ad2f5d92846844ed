import './examples.css';
